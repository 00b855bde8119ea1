/** Loaded by Bun before vitest, which calls `unref` on the channel of a child: Bun's has none, and needs none for a child that was unref'd. */
const processes = require("node:child_process");

const { fork } = processes;
processes.fork = (...args) => {
  const child = fork(...args);
  if (child.channel) child.channel.unref ??= () => undefined;
  return child;
};
