#include "app/commands.h"
#include "rpc/server.h"

namespace tandem::app {

void add_serve(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("serve", "Speak the agent's protocol on stdin and stdout");
  command->callback([&status] { status = rpc::serve_main(); });
}

}  // namespace tandem::app
