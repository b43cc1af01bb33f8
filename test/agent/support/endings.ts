/** What a suite has to end, in reverse order; where it was skipped, that is nothing. */
export class Endings {
  private readonly list: (() => Promise<unknown>)[] = [];

  add(end: () => Promise<unknown>): void {
    this.list.push(end);
  }

  async run(): Promise<void> {
    for (let end = this.list.pop(); end !== undefined; end = this.list.pop()) await end();
  }
}
