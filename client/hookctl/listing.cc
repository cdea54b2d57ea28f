#include "hookctl/listing.h"

namespace hookctl {

void AddPageOptions(CLI::App& app, PageOptions& options) {
  app.add_option("--limit", options.limit, "Maximum number of items; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--page-token", options.page_token, "Continue where a list with the same flags stopped");
}

}  // namespace hookctl
