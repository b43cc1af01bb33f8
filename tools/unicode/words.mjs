// Writes agent/src/tokenizer/words.golden.json: texts and the words that each pre-tokenizer's published regular
// expressions make of them, by Node's RegExp: the hand-written C++ patterns are compared with it.
// Run: node tools/unicode/words.mjs [number of random texts]
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const space = "\\p{White_Space}";
const other = `[^${space}\\p{L}\\p{N}]`;
const spaces = `[${space}]+(?![^${space}])|[${space}]+`;
const gpt2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?${other}+|${spaces}`;
const anyCase = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
const modern = (digits) =>
  `${anyCase}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?${other}+[\\r\\n]*|[${space}]*[\\r\\n]+|${spaces}`;
const triple = "[0-9][0-9][0-9]";

const patterns = {
  "gpt-2": [gpt2],
  "llama-bpe": [modern("\\p{N}{1,3}")],
  qwen2: [modern("\\p{N}")],
  starcoder: ["\\p{N}", gpt2],
  falcon: ["[\\p{P}$+<=>^~|`]+", gpt2, triple],
  default: ["[\\p{P}$+<=>^~|]+", gpt2, "\\p{N}+", triple],
  "deepseek-coder": [
    "[\\r\\n]",
    `[${space}]?\\p{L}+`,
    `[${space}]?\\p{P}+`,
    "[\\u4e00-\\u9fa5\\u0800-\\u4e00\\uac00-\\ud7ff]+",
    "\\p{N}",
  ],
};

// Matches, and what lies between them.
function splitOnce(text, pattern) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(new RegExp(pattern, "gu"))) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(match[0]);
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

const split = (text, steps) =>
  steps.reduce((parts, pattern) => parts.flatMap((part) => splitOnce(part, pattern)), [text]);

const chosen = [
  "Hello, World's  end!! It'LL we'Ve I'm 'D x'",
  "  two\n\n three \r\n\r\n  four\t\t\tfive   ",
  "1234567 89,012.5 3½ ²³ ٣٤٥ 一二三 Ⅻ",
  "naïve café e\u0301 नमस्ते Ünïcödé ไทย",
  "日本語のテキスト과 한국어 和中文混排abc",
  "a_b+c=d<e>f`g`~h^i|j$k \"quoted\" 'single'",
  "\u00a0nbsp\u2003em\u3000wide\u0085next\u2028line \ufeffbom",
  "emoji 🚀🚀 family 👨‍👩‍👧 flags 🇩🇪!\n\n\n",
  "print('x')  # comment\n    return\tNone\r\n",
  " .  .  . \u0000\u0001\u007f \u{e000} \u{10ffff}",
  "'",
  " ",
  "\n",
  "''s''t",
  "x'Sx'rE",
  "٣'ll",
  "   \n   \n",
];

// A small fixed generator, so that the file is the same each time.
let state = 12345;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const alphabet = [..."abSTlLvVeErRdDmM  \t\n\r''.,!$+<>`~|_-0123456789²½éßжאहि्一龥가각🚀\u00a0\u3000\u0301€©"];
for (let i = 0; i < Number(process.argv[2] ?? 40); i++) {
  chosen.push(Array.from({ length: 1 + random(30) }, () => alphabet[random(alphabet.length)]).join(""));
}

const cases = chosen.map((text) => ({
  text,
  words: Object.fromEntries(Object.entries(patterns).map(([name, steps]) => [name, split(text, steps)])),
}));
const target = fileURLToPath(new URL("../../agent/src/tokenizer/words.golden.json", import.meta.url));
writeFileSync(target, `[\n${cases.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);
console.log(`${target}: ${cases.length} texts`);
