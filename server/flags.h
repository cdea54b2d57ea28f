// The flags of hookd, which fill Server::Options.
#ifndef HOOKD_FLAGS_H_
#define HOOKD_FLAGS_H_

#include "CLI/CLI.hpp"
#include "server.h"

namespace hookd {

// Adds every flag to `app`, with the values in `options` as defaults. Parsing fills `options`, which must
// outlive `app`.
void AddFlags(CLI::App& app, Server::Options& options);

}  // namespace hookd

#endif  // HOOKD_FLAGS_H_
