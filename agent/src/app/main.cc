// tandem-agent: runs language models on the device that it is on.
#include <exception>
#include <iostream>
#include <string>

#include "app/commands.h"
#include "rpc/about.h"

int main(int argc, char** argv) {
  CLI::App app{"Runs language models on this device and records what ran where.", "tandem-agent"};
  app.set_version_flag("--version", std::string(tandem::rpc::agent_version()));
  app.require_subcommand(1);
  int status = 0;
  tandem::app::add_serve(app, status);
  tandem::app::add_run(app, status);
  tandem::app::add_bench(app, status);
  tandem::app::add_simulate(app, status);
  tandem::app::add_make_model(app, status);
  tandem::app::add_receive(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "tandem-agent: unexpected error: " << error.what() << '\n';
    return 70;
  }
  return status;
}
