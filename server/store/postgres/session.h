// A connection to PostgreSQL that its own thread opens again whenever it is lost: no call waits for a server
// that does not answer.
//
// Thread-safe, except for Get and the connection that it returns: one thread at a time uses these.
#ifndef HOOKD_STORE_POSTGRES_SESSION_H_
#define HOOKD_STORE_POSTGRES_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "store/postgres/connection.h"

namespace hookd {

class PostgresSession {
 public:
  struct Options {
    std::string url;
    std::string name;  // see PostgresConnection::Open
    // Called with every new connection before it is used: by Open for the first, then on the session's
    // thread. If it fails, so does the connection. May be null.
    std::function<absl::Status(PostgresConnection&)> prepare;
  };

  // Connects. The errors of PostgresConnection::Open, and those of `prepare`.
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Open(Options options);

  // Waits for an attempt to connect that is in progress.
  ~PostgresSession();

  // The connection, which the session owns. UNAVAILABLE, at once and with the reason, while there is none.
  absl::StatusOr<PostgresConnection*> Get() ABSL_LOCKS_EXCLUDED(mutex_);

  // Replaces a connection that was found to be lost when it was used: waits for one attempt to connect, and
  // returns its connection or its error.
  absl::StatusOr<PostgresConnection*> Reconnect() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  PostgresSession(Options options, std::unique_ptr<PostgresConnection> connection);
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Connect(const Options& options);
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  std::unique_ptr<PostgresConnection> connection_ ABSL_GUARDED_BY(mutex_);  // null: lost
  absl::Status lost_ ABSL_GUARDED_BY(mutex_);                               // why
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;                            // to connect
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_SESSION_H_
