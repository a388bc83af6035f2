/** A file that can't be read as a whole: another encoding, nothing in it, columns that are missing or unknown. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}
