// The context in use: a named group of settings in the configuration file, which apply where neither the
// command line nor the environment has a value. Not thread-safe; reads the file.
#ifndef HOOKCTL_CONTEXT_H_
#define HOOKCTL_CONTEXT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hookctl/config_file.h"
#include "hookctl/session.h"

namespace hookctl {

// Sets the settings of `session` that neither the command line, parsed by `app`, nor the environment gives,
// from the context `session.context_name`, or from the current one if that is empty. Its token, its TLS
// settings and its console are used only for its own server, so that no token is sent elsewhere. Returns an
// error, for people, if the file is invalid, there is no such context, or one of its files is missing.
absl::Status ApplyContext(const CLI::App& app, Session& session);

// Returns what is wrong with the settings of a context; empty if they are valid. Reads the files that they
// name.
std::string CheckContext(const Context& context);

// The names of the contexts; empty if the configuration file is invalid.
std::vector<std::string> ContextNames();

// The kind of option value that is the name of a context.
void TakesContext(CLI::Option* option);

}  // namespace hookctl

#endif  // HOOKCTL_CONTEXT_H_
