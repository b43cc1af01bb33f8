/** What is published about a system on a chip. Not read from the phone: what an agent finds there is in its `hello`. */
export interface Soc {
  readonly name: string;
  readonly gpu: string;
  readonly npu?: string;
}

/** By `ro.soc.model` without its suffix. Sources: the makers' product pages; Hexagon versions from Qualcomm's QNN documentation. */
const byModel: Readonly<Record<string, Soc>> = {
  SM8250: { name: "Snapdragon 865", gpu: "Adreno 650", npu: "Hexagon V66" },
  SM8350: { name: "Snapdragon 888", gpu: "Adreno 660", npu: "Hexagon V68" },
  SM8450: { name: "Snapdragon 8 Gen 1", gpu: "Adreno 730", npu: "Hexagon V69" },
  SM8475: { name: "Snapdragon 8+ Gen 1", gpu: "Adreno 730", npu: "Hexagon V69" },
  SM8550: { name: "Snapdragon 8 Gen 2", gpu: "Adreno 740", npu: "Hexagon V73" },
  SM8650: { name: "Snapdragon 8 Gen 3", gpu: "Adreno 750", npu: "Hexagon V75" },
  SM8750: { name: "Snapdragon 8 Elite", gpu: "Adreno 830", npu: "Hexagon V79" },
  SM8850: { name: "Snapdragon 8 Elite Gen 5", gpu: "Adreno 840", npu: "Hexagon V81" },
  SM8635: { name: "Snapdragon 8s Gen 3", gpu: "Adreno 735", npu: "Hexagon V73" },
  SM8735: { name: "Snapdragon 8s Gen 4", gpu: "Adreno 825", npu: "Hexagon V73" },
  SM7675: { name: "Snapdragon 7+ Gen 3", gpu: "Adreno 732", npu: "Hexagon V73" },
  MT6789: { name: "Helio G99", gpu: "Mali-G57 MC2" },
  MT6985: { name: "Dimensity 9200", gpu: "Immortalis-G715 MC11", npu: "APU 690" },
  MT6989: { name: "Dimensity 9300", gpu: "Immortalis-G720 MC12", npu: "APU 790" },
  MT6991: { name: "Dimensity 9400", gpu: "Immortalis-G925 MC12", npu: "NPU 890" },
  S5E9925: { name: "Exynos 2200", gpu: "Xclipse 920" },
  S5E9945: { name: "Exynos 2400", gpu: "Xclipse 940" },
  S5E9955: { name: "Exynos 2500", gpu: "Xclipse 950" },
  S5E8845: { name: "Exynos 1480", gpu: "Xclipse 530" },
  GS101: { name: "Google Tensor", gpu: "Mali-G78 MP20", npu: "Edge TPU" },
  GS201: { name: "Google Tensor G2", gpu: "Mali-G710 MP7", npu: "Edge TPU" },
  "TENSOR G3": { name: "Google Tensor G3", gpu: "Mali-G715 MP7", npu: "Edge TPU" },
  "TENSOR G4": { name: "Google Tensor G4", gpu: "Mali-G715 MP7", npu: "Edge TPU" },
};

/** By `ro.board.platform`, for phones whose Android is too old to tell `ro.soc.model`. */
const modelByPlatform: Readonly<Record<string, string>> = {
  kona: "SM8250",
  lahaina: "SM8350",
  taro: "SM8450",
  kalama: "SM8550",
  pineapple: "SM8650",
  sun: "SM8750",
  canoe: "SM8850",
  gs101: "GS101",
  gs201: "GS201",
  zuma: "TENSOR G3",
  zumapro: "TENSOR G4",
};

/** The SoC that these properties name, or undefined where the table does not have it. */
export function findSoc(model: string | undefined, platform: string | undefined): Soc | undefined {
  const asked = model?.trim().toUpperCase() ?? "";
  // Makers add letters for a bin or a customer: SM8650P, SM8750-AC, MT6789V/CD.
  const stem = /^(SM\d{4}|MT\d{4}|S5E\d{4})/.exec(asked)?.[1] ?? asked;
  const known = byModel[stem];
  if (known !== undefined) return known;
  const key = platform?.trim().toLowerCase() ?? "";
  return byModel[modelByPlatform[key] ?? key.toUpperCase()];
}
