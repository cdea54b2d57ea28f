// A connection to PostgreSQL through libpq, in pipeline mode: statements are queued, sent together and
// answered together, in one trip.
//
// Not thread-safe: one thread at a time uses a connection. No call blocks for longer than its patience; a
// server that has not answered by then is given up, and the connection with it.
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
  // `url` as libpq has it (postgresql://user:password@host1,host2/database?...); what it leaves open of
  // timeouts, keepalives and target_session_attrs is set so that a server that is gone or read-only is
  // noticed within seconds. `name` is the application_name. Blocks for as long as connecting takes: a few
  // seconds for each host at most. UNAVAILABLE with a sentence for the operator, never with the password.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const std::string& url,
                                                                  const std::string& name);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // FAILED_PRECONDITION, with one sentence, if libpq does not understand it.
  static absl::Status CheckUrl(const std::string& url);

  // Where it leads, without user and password: to be shown.
  static std::string Describe(const std::string& url);

  // Queues a statement for the next Run; it is prepared with its first use.
  void Queue(const std::string& sql, PostgresParameters parameters = {});

  // Sends what was queued and gives the rows of each. After an error none of those behind it was run; the
  // error is the first one. ABORTED: the transaction failed because of another one, and is to be made again.
  // RESOURCE_EXHAUSTED: the server's disk is full. UNAVAILABLE: all else.
  absl::StatusOr<std::vector<PostgresRows>> Run(absl::Duration patience = limits::kPostgresPatience);

  // Queue and Run of one.
  absl::StatusOr<PostgresRows> Query(const std::string& sql, PostgresParameters parameters = {},
                                     absl::Duration patience = limits::kPostgresPatience);

  // Statements without parameters, as a text.
  absl::Status Execute(const std::string& sql, absl::Duration patience = limits::kPostgresPatience);

  // It cannot be used any more: the server has closed it, or did not answer in time.
  bool broken() const { return broken_ || PQstatus(connection_.get()) != CONNECTION_OK; }

  // It is not used any more.
  void GiveUp() { broken_ = true; }

  // Whether the server warned since the last call, as it does if a commit is not on its standbys.
  bool TakeWarning() { return std::exchange(warned_, false); }

  // Waits until the server has something to say, or `timeout` has passed, or `wake` can be read: for
  // notifications, which PQnotifies then gives.
  void AwaitNotification(int wake, absl::Duration timeout);
  PGconn* connection() { return connection_.get(); }

 private:
  struct Queued {
    std::string sql;
    PostgresParameters parameters;
  };

  explicit PostgresConnection(PGconn* connection);

  // The next result, null between those of two statements; waits for it. Broken if that takes too long.
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
