#include "tests/support/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hookd {
namespace {

// Generous: a busy machine.
constexpr absl::Duration kPatience = absl::Seconds(30);

[[noreturn]] void Fail(absl::string_view what) {
  std::fprintf(stderr, "PostgreSQL for tests: %s\n", std::string(what).c_str());
  std::abort();
}

// Where Debian has its programs, of the newest version there is.
std::string Program(const std::string& name) {
  std::string newest;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string program = absl::StrCat(version.path().string(), "/bin/", name);
    if (std::filesystem::exists(program)) newest = std::max(newest, program);
  }
  if (newest.empty()) Fail("postgresql-15 is not installed: run cmake/install_packages test");
  return newest;
}

// Who runs it: PostgreSQL refuses to be root's.
const passwd* User() {
  if (getuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

// Both streams go to `log`. It is sent `on_death` when the thread that started it ends.
pid_t Spawn(const std::string& program, std::vector<std::string> arguments, const std::string& log,
            int on_death) {
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const passwd* const user = User();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, on_death);
  if (getppid() != parent) _exit(125);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") != 0) _exit(124);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Run(const std::string& name, std::vector<std::string> arguments, const std::string& log) {
  const pid_t pid = Spawn(Program(name), std::move(arguments), log, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  if (status != 0) Fail(absl::StrCat(name, " failed: ", Read(log)));
}

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Fail("there is no free port");
  }
  close(listener);
  return ntohs(address.sin_port);
}

}  // namespace

PostgresServer::PostgresServer() : port_(FreePort()) {
  std::string path = (std::filesystem::temp_directory_path() / "hookd-postgres-XXXXXX").string();
  folder_ = mkdtemp(path.data());
  const passwd* const user = User();
  if (user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) Fail("chown failed");
}

std::unique_ptr<PostgresServer> PostgresServer::Start(const std::vector<std::string>& settings) {
  std::unique_ptr<PostgresServer> server(new PostgresServer());
  Run("initdb",
      {"--pgdata=" + server->folder_ + "/data", "--auth=trust", "--username=hookd", "--encoding=UTF8",
       "--locale=C.UTF-8", "--no-sync"},
      server->folder_ + "/initdb.log");
  std::ofstream file(server->folder_ + "/data/postgresql.conf", std::ios::app);
  file
      << "shared_buffers = 64MB\nmax_connections = 200\nmax_wal_senders = 5\nmax_prepared_transactions = 0\n";
  for (const std::string& setting : settings) file << setting << "\n";
  file.close();
  server->Launch();
  return server;
}

PostgresServer& PostgresServer::Shared() {
  static const std::unique_ptr<PostgresServer> server = Start();
  return *server;
}

PostgresServer::~PostgresServer() {
  if (pid_ != 0) Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresServer::Launch() {
  pid_ = Spawn(
      Program("postgres"),
      {"-D", folder_ + "/data", "-p", absl::StrCat(port_), "-k", folder_, "-c", "listen_addresses=127.0.0.1"},
      folder_ + "/log", SIGQUIT);
  const absl::Time deadline = absl::Now() + kPatience;
  while (PQping(Url().c_str()) != PQPING_OK) {
    if (absl::Now() > deadline || waitpid(pid_, nullptr, WNOHANG) != 0) {
      Fail(absl::StrCat("it did not start: ", Read(folder_ + "/log")));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
}

std::unique_ptr<PostgresServer> PostgresServer::StartStandby(const std::string& name) {
  std::unique_ptr<PostgresServer> standby(new PostgresServer());
  Run("pg_basebackup",
      {"--pgdata=" + standby->folder_ + "/data", "--write-recovery-conf", "--no-sync", "--checkpoint=fast",
       absl::StrCat("--dbname=host=127.0.0.1 user=hookd port=", port_, " application_name=", name)},
      standby->folder_ + "/basebackup.log");
  std::ofstream(standby->folder_ + "/data/postgresql.auto.conf", std::ios::app)
      << "synchronous_standby_names = ''\n";
  standby->Launch();
  return standby;
}

void PostgresServer::SetSynchronous(const std::string& standby) {
  Set("synchronous_standby_names", absl::StrCat("'", standby, "'"));
}

void PostgresServer::Promote() { Execute("SELECT pg_promote(true, 30)"); }

std::string PostgresServer::Url(const std::string& database) const {
  return absl::StrCat("postgresql://hookd@127.0.0.1:", port_, "/", database);
}

std::string PostgresServer::NewDatabase(const std::string& original) {
  const std::string name = absl::StrCat("test", ++databases_);
  const std::string copied = original.empty() ? "" : " TEMPLATE " + original.substr(original.rfind('/') + 1);
  Execute("CREATE DATABASE " + name + copied);
  return Url(name);
}

std::string PostgresServer::Execute(const std::string& sql, const std::string& database) const {
  PGconn* const connection = PQconnectdb(Url(database).c_str());
  PGresult* const result = PQexec(connection, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    Fail(absl::StrCat(sql, ": ", PQerrorMessage(connection)));
  }
  std::string value = PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  PQfinish(connection);
  return value;
}

void PostgresServer::Set(const std::string& name, const std::string& value) {
  Execute(absl::StrCat("ALTER SYSTEM SET ", name, " = ", value));
  Execute("SELECT pg_reload_conf()");
}

void PostgresServer::Stop() { End(SIGQUIT); }

void PostgresServer::Kill() {
  for (const pid_t process : Processes()) kill(process, SIGKILL);
  End(SIGKILL);
}

void PostgresServer::End(int signal) {
  kill(pid_, SIGCONT);
  kill(pid_, signal);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

void PostgresServer::StartAgain() {
  std::error_code none;
  std::filesystem::remove(folder_ + "/data/postmaster.pid", none);
  Launch();
}

void PostgresServer::Pause() {
  for (const pid_t process : Processes()) kill(process, SIGSTOP);
}

void PostgresServer::Resume() {
  for (const pid_t process : Processes()) kill(process, SIGCONT);
}

// The server's process first, then those it made.
std::vector<pid_t> PostgresServer::Processes() const {
  std::vector<pid_t> processes = {pid_};
  const std::string list = absl::StrCat("/proc/", pid_, "/task/", pid_, "/children");
  std::ifstream children(list);
  for (pid_t child = 0; children >> child;) processes.push_back(child);
  return processes;
}

}  // namespace hookd
