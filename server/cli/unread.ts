/** A list that lacks what partitions have that do not answer: it is printed, and the exit status is 1. */
export function tellUnread(partitions: number): void {
  console.error(
    partitions === 1
      ? "One partition could not be read: there may be more."
      : `${partitions} partitions could not be read: there may be more.`,
  );
  process.exitCode = 1;
}
