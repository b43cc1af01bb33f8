/** The name of a device where it does not begin the sentence: "this computer", "Xiaomi 14". */
export function inSentence(name: string): string {
  return name === "This computer" ? "this computer" : name;
}
