#include <unistd.h>

#include <memory>
#include <string>

#include "app/commands.h"
#include "app/receive.h"

namespace tandem::app {

void add_receive(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("receive", "Take a file over stdin, verified and resumable");
  const auto path = std::make_shared<std::string>();
  command->add_option("path", *path, "Where to put it")->required();
  command->callback([path, &status] { status = receive_main(*path, STDIN_FILENO, STDOUT_FILENO); });
}

}  // namespace tandem::app
