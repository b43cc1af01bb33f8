// The commands of `tandem-agent`. Each adds itself to the parser and leaves its exit status in `status` when
// it ran.
#pragma once

#include <CLI/CLI.hpp>

namespace tandem::app {

void add_serve(CLI::App& app, int& status);
void add_run(CLI::App& app, int& status);
void add_bench(CLI::App& app, int& status);
void add_simulate(CLI::App& app, int& status);
void add_make_model(CLI::App& app, int& status);
void add_receive(CLI::App& app, int& status);

}  // namespace tandem::app
