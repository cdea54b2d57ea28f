// A real PostgreSQL of the test's own: a throw-away cluster on a free port of 127.0.0.1 and a socket in a
// folder of its own, which can be stopped, killed, paused and copied to standbys. Run as an unprivileged user
// where the test is root's. It ends with the thread that started it, however that ends.
//
// Not thread-safe. What goes wrong ends the test's process with a sentence: nothing could go on.
#ifndef HOOKD_TESTS_SUPPORT_POSTGRES_SERVER_H_
#define HOOKD_TESTS_SUPPORT_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace hookd {

class PostgresServer {
 public:
  // Makes a cluster and starts it; `settings` are lines of postgresql.conf, such as "fsync = off".
  static std::unique_ptr<PostgresServer> Start(const std::vector<std::string>& settings = {});

  // The one of this process, started with the first call and stopped at the end: for tests that only need a
  // database.
  static PostgresServer& Shared();

  // Stops it and removes all of it.
  ~PostgresServer();

  // A streaming standby of that name, a copy of this one as it stands; see SetSynchronous.
  std::unique_ptr<PostgresServer> StartStandby(const std::string& name);

  // Commits are answered once the standby of that name has them too; empty: at once.
  void SetSynchronous(const std::string& standby);

  // Makes a standby the primary, and waits until it can be written.
  void Promote();

  // postgresql://... of a database, over TCP.
  std::string Url(const std::string& database = "postgres") const;

  // Makes an empty database, or a copy of the one with that URL, which must have no connection; its URL.
  std::string NewDatabase(const std::string& original = "");

  // Runs SQL in a database; the first column of the first row, or nothing.
  std::string Execute(const std::string& sql, const std::string& database = "postgres") const;

  // A setting, from now on and for everyone; `value` as in postgresql.conf.
  void Set(const std::string& name, const std::string& value);

  // Ends it: at once but with its connections told, or as kill -9 does. Waits until it is gone.
  void Stop();
  void Kill();
  // Starts it again, and waits until it answers.
  void StartAgain();

  // SIGSTOP and SIGCONT to all its processes: it hangs.
  void Pause();
  void Resume();

  int port() const { return port_; }
  pid_t pid() const { return pid_; }  // of its first process, which made the others
  const std::string& folder() const { return folder_; }

 private:
  PostgresServer();
  void Launch();
  void End(int signal);
  std::vector<pid_t> Processes() const;

  std::string folder_;  // with data, the socket and the log in it
  int port_ = 0;
  pid_t pid_ = 0;  // 0 while it does not run
  int databases_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_POSTGRES_SERVER_H_
