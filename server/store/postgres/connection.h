// A connection to PostgreSQL through libpq, in pipeline mode: statements are queued, sent and answered
// together, in one round trip.
//
// Not thread-safe: one thread at a time uses a connection. No call blocks for longer than its patience; if
// the server has not answered by then, the connection is broken.
#ifndef HOOKD_STORE_POSTGRES_CONNECTION_H_
#define HOOKD_STORE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "store/postgres/values.h"

namespace hookd {

class PostgresConnection {
 public:
  // `url` is a connection URI of libpq (postgresql://user:password@host1,host2/database?...). Unless it sets
  // timeouts, keepalives and target_session_attrs, they are set so that a server that is gone or read-only is
  // noticed within seconds. `name` is the application_name. Blocks until it is connected: at most a few
  // seconds for each host. UNAVAILABLE with a sentence for the operator, which never contains the password.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const std::string& url,
                                                                  const std::string& name);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // FAILED_PRECONDITION, with one sentence, if libpq does not understand it.
  static absl::Status CheckUrl(const std::string& url);

  // Where the URL leads, for people to read: without user and password.
  static std::string Describe(const std::string& url);

  // Queues a statement for the next Run. Its first use prepares it.
  void Queue(const std::string& sql, PostgresParameters parameters = {});

  // Sends the queued statements and returns the rows of each, or the first error; the statements after it are
  // not run. ABORTED: the transaction conflicted with another one, and can be repeated. RESOURCE_EXHAUSTED:
  // the server's disk is full. UNAVAILABLE: all other errors.
  absl::StatusOr<std::vector<PostgresRows>> Run(absl::Duration patience = limits::kPostgresPatience);

  // Queue and Run of one statement.
  absl::StatusOr<PostgresRows> Query(const std::string& sql, PostgresParameters parameters = {},
                                     absl::Duration patience = limits::kPostgresPatience);

  // Runs statements without parameters, in one text.
  absl::Status Execute(const std::string& sql, absl::Duration patience = limits::kPostgresPatience);

  // Whether it cannot be used any more: the server closed it, or did not answer in time.
  bool broken() const { return broken_ || PQstatus(connection_.get()) != CONNECTION_OK; }

  // Makes it broken.
  void GiveUp() { broken_ = true; }

  // Whether the server sent a warning since the last call, as it does if a commit is not on its standbys.
  bool TakeWarning() { return std::exchange(warned_, false); }

  // Waits until the server sends something, `timeout` has passed, or `wake` can be read: for notifications,
  // which PQnotifies then returns.
  void AwaitNotification(int wake, absl::Duration timeout);
  PGconn* connection() { return connection_.get(); }

 private:
  struct Queued {
    std::string sql;
    PostgresParameters parameters;
  };

  explicit PostgresConnection(PGconn* connection);

  // Waits for the next result, which is null between two statements. Broken if that takes too long.
  PGresult* Next(absl::Time deadline);
  bool Send(const Queued& queued);
  absl::Status ToStatus(const PGresult* result);
  absl::Status Lost();

  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::vector<Queued> queue_;
  absl::flat_hash_map<std::string, std::string> prepared_;  // names by statement
  int names_ = 0;
  bool broken_ = false;
  bool warned_ = false;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CONNECTION_H_
