// The only importer of the webview toolkit: replacing it means changing this file.
import {
  type Button,
  type Dropdown,
  type Option,
  type ProgressRing,
  type TextArea,
  type TextField,
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";

export type { Button, Dropdown, Option, ProgressRing, TextArea, TextField };

declare global {
  interface HTMLElementTagNameMap {
    "vscode-button": Button;
    "vscode-dropdown": Dropdown;
    "vscode-option": Option;
    "vscode-progress-ring": ProgressRing;
    "vscode-text-area": TextArea;
    "vscode-text-field": TextField;
  }
}

/** Defines the elements `<vscode-button>`, `<vscode-dropdown>` … Call once, before any of them is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextArea(),
    vsCodeTextField(),
  );
}

export interface ButtonOptions {
  readonly label: string;
  readonly appearance?: "primary" | "secondary" | "icon";
  /** Name of a codicon, without its prefix. */
  readonly icon?: string;
  readonly title?: string;
  readonly onClick: (event: MouseEvent) => void;
}

export function button(options: ButtonOptions): Button {
  const element = document.createElement("vscode-button");
  element.appearance = options.appearance ?? "primary";
  const iconOnly = options.appearance === "icon";
  if (options.icon !== undefined) {
    const icon = document.createElement("span");
    icon.className = `codicon codicon-${options.icon}`;
    icon.setAttribute("aria-hidden", "true");
    if (!iconOnly) icon.slot = "start";
    element.append(icon);
  }
  if (iconOnly) element.setAttribute("aria-label", options.label);
  else element.append(options.label);
  element.title = options.title ?? (iconOnly ? options.label : "");
  element.addEventListener("click", options.onClick);
  return element;
}

export interface DropdownOptions {
  readonly label: string;
  readonly values: readonly { readonly value: string; readonly text: string }[];
  readonly selected?: string;
  readonly onChange: (value: string) => void;
}

export function dropdown(options: DropdownOptions): Dropdown {
  const element = document.createElement("vscode-dropdown");
  element.setAttribute("aria-label", options.label);
  for (const { value, text } of options.values) {
    const option = document.createElement("vscode-option");
    option.value = value;
    option.textContent = text;
    option.selected = value === options.selected;
    element.append(option);
  }
  element.addEventListener("change", () => options.onChange(element.value));
  return element;
}

export interface TextOptions {
  readonly label: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly onInput?: (value: string) => void;
}

export function textField(options: TextOptions): TextField {
  return fill(document.createElement("vscode-text-field"), options);
}

export function textArea(options: TextOptions & { readonly rows?: number }): TextArea {
  const element = fill(document.createElement("vscode-text-area"), options);
  if (options.rows !== undefined) element.rows = options.rows;
  return element;
}

export function progressRing(label: string): ProgressRing {
  const element = document.createElement("vscode-progress-ring");
  element.setAttribute("aria-label", label);
  return element;
}

function fill<T extends TextField | TextArea>(element: T, options: TextOptions): T {
  element.setAttribute("aria-label", options.label);
  if (options.placeholder !== undefined) element.placeholder = options.placeholder;
  if (options.value !== undefined) element.value = options.value;
  const { onInput } = options;
  if (onInput !== undefined) element.addEventListener("input", () => onInput(element.value));
  return element;
}
