import { InvalidArgumentError } from "commander";

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function wholeNumbers(text: string): number[] {
  return text.split(",").map((part) => wholeNumber(part.trim()));
}

/** "5%", "5 %" or "5" as a part of one: 0.05. */
export function percentage(text: string): number {
  const value = number(text.replace(/\s*%$/, ""));
  if (value < 0) throw new InvalidArgumentError("It must be a percentage of 0 or more, such as 5%.");
  return value / 100;
}
