// A connection to PostgreSQL that is made anew whenever it was lost, by a thread of its own: nobody waits for
// a server that is away.
//
// Get and the connection it gives are for one thread at a time; all else is thread-safe.
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
    // Called with every new connection before it is used, on the session's thread but for the first; an error
    // gives it up. Null: nothing.
    std::function<absl::Status(PostgresConnection&)> prepare;
  };

  // Connects. The errors of PostgresConnection::Open, and those of `prepare`.
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Open(Options options);

  // Waits for an attempt to connect that is under way.
  ~PostgresSession();

  // The connection, which is the session's. UNAVAILABLE, at once, while there is none; it says why.
  absl::StatusOr<PostgresConnection*> Get() ABSL_LOCKS_EXCLUDED(mutex_);

  // Another one, for that which turned out to be lost when it was used: waits for one attempt to connect,
  // which gives it or the error.
  absl::StatusOr<PostgresConnection*> GetAnew() ABSL_LOCKS_EXCLUDED(mutex_);

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
