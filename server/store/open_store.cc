#include "store/open_store.h"

#include <utility>

#include "store/postgres/connection.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"

namespace hookd {

absl::StatusOr<std::unique_ptr<Store>> OpenStore(StoreOptions options) {
  if (!options.url.empty()) {
    return PostgresStore::Create({.url = std::move(options.url),
                                  .on_commit = std::move(options.on_commit),
                                  .secrets = std::move(options.secrets),
                                  .lease = options.lease,
                                  .search = std::move(options.search)});
  }
  return SqliteStore::Create({.data_dir = std::move(options.data_dir),
                              .clock = options.clock,
                              .room = {.max_bytes = options.max_bytes,
                                       .min_free_bytes = options.min_free_bytes,
                                       .free_bytes = nullptr,
                                       .on_change = std::move(options.on_room)},
                              .on_commit = std::move(options.on_commit),
                              .secrets = std::move(options.secrets),
                              .on_slow_start = std::move(options.on_slow_start),
                              .search = std::move(options.search)});
}

std::string DescribeStore(const std::string& url, const std::string& data_dir) {
  return url.empty() ? data_dir : PostgresConnection::Describe(url);
}

}  // namespace hookd
