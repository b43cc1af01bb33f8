/** Numbers texts from 1 in the order in which they come, as Perfetto interns them. */
export class Texts {
  readonly list: string[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(private readonly most = Infinity) {}

  /** 0 where the table is full. */
  numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      if (this.list.length >= this.most) return 0;
      number = this.list.push(text);
      this.numbers.set(text, number);
    }
    return number;
  }
}
