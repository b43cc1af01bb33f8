// The heavy part of the extension, a bundle of its own: loaded with the first view that is seen or command that is used.
export { commandHandlers } from "./commands/index";
export { createApp } from "./createApp";
export { showViews } from "./trees/views";
