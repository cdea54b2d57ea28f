#include "hookctl/listing.h"

namespace hookctl {

void AddPageOptions(CLI::App& app, PageOptions& options) {
  app.add_option("--limit", options.limit, "How many at most; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--page-token", options.page_token, "Go on where a list with the same flags stopped");
}

void SayIfThereIsMore(const Session& session, const std::string& next_page_token) {
  if (next_page_token.empty()) return;
  session.terminal.err << "There is more: --limit 0 for all, or --page-token " << next_page_token
                       << " to go on.\n";
}

}  // namespace hookctl
