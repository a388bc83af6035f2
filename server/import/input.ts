/** What is imported is read more than once, so what can't be, as a pipe or a request's body, is copied first. */
import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { openNamelessFile } from "./nameless-file.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** Bytes that are read together. */
const READ_AT_ONCE = 64 * 1024;

export class Input {
  readonly #file: FileHandle;
  /** In bytes. */
  readonly size: number;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** @throws Error when there is nothing to read. */
  static async open(path: string): Promise<Input> {
    const found = await stat(path);
    if (found.isDirectory()) throw new UnreadableFile(`${path}: it is a folder`);
    // A pipe that is opened and closed once would have lost its writer.
    if (!found.isFile()) return Input.copy(createReadStream(path));
    return Input.#of(await open(path));
  }

  /** Copies all that comes, and throws what reading it throws. */
  static async copy(source: AsyncIterable<Uint8Array>): Promise<Input> {
    const file = await openNamelessFile();
    try {
      for await (const chunk of source) await file.appendFile(chunk);
    } catch (error) {
      await file.close();
      throw error;
    }
    return Input.#of(file);
  }

  static async #of(file: FileHandle): Promise<Input> {
    return new Input(file, (await file.stat()).size);
  }

  /** All of it from its beginning, each time. */
  async *read(): AsyncGenerator<Buffer> {
    for (let position = 0; ; ) {
      const buffer = Buffer.allocUnsafe(READ_AT_ONCE);
      const { bytesRead } = await this.#file.read(buffer, 0, READ_AT_ONCE, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
