// The command line of hookd, as Server::Options.
#ifndef HOOKD_FLAGS_H_
#define HOOKD_FLAGS_H_

#include "CLI/CLI.hpp"
#include "server.h"

namespace hookd {

// Adds every flag to `app`, with the options' values as defaults. Parsing fills `options`, which must outlive
// it.
void AddFlags(CLI::App& app, Server::Options& options);

}  // namespace hookd

#endif  // HOOKD_FLAGS_H_
