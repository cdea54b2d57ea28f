#include "store/postgres/connection.h"

#include <poll.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

namespace hookd {
namespace {

// Defaults of the URL. libpq takes the last one of repeated values, and an empty one as unset.
struct Setting {
  const char* name;
  const char* value;
};
constexpr Setting kDefaults[] = {
    {"connect_timeout", "2"},    {"keepalives", "1"},
    {"keepalives_idle", "5"},    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},   {"tcp_user_timeout", "5000"},
    {"client_encoding", "UTF8"}, {"target_session_attrs", "read-write"},
};

// Statements have keys or a limit: the planner has to look them up in an index, whatever its statistics say
// about tables that have grown since. synchronous_commit is only ever raised.
constexpr char kSession[] =
    "SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; "
    "SET enable_mergejoin = off; SET enable_material = off; SET random_page_cost = 1.1; "
    "SET plan_cache_mode = force_custom_plan; SET client_min_messages = warning; SET lock_timeout = '3s'; "
    "SET idle_in_transaction_session_timeout = '5s'; "
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN "
    "('off', 'local', 'remote_write')";

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Options Parse(const std::string& url) {
  char* error = nullptr;
  // Its error message may contain the password.
  Options options(PQconninfoParse(url.c_str(), &error), PQconninfoFree);
  PQfreemem(error);
  return options;
}

// The first line, without the prefixes of libpq and PostgreSQL.
std::string FirstLine(absl::string_view message) {
  return std::string(absl::StripAsciiWhitespace(message.substr(0, message.find('\n'))));
}

}  // namespace

absl::Status PostgresConnection::CheckUrl(const std::string& url) {
  if (Parse(url) != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "--store is not the URL of a PostgreSQL database; the form is "
      "postgresql://user:password@host:5432/database, with %-codes for special characters");
}

std::string PostgresConnection::Describe(const std::string& url) {
  const Options options = Parse(url);
  std::string host, port, database;
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    if (std::strcmp(option->keyword, "host") == 0) host = option->val;
    if (std::strcmp(option->keyword, "port") == 0) port = option->val;
    if (std::strcmp(option->keyword, "dbname") == 0) database = option->val;
  }
  return absl::StrCat("PostgreSQL at ", host.empty() ? "its local socket" : host, port.empty() ? "" : ":",
                      port, database.empty() ? "" : "/", database);
}

PostgresConnection::PostgresConnection(PGconn* connection) : connection_(connection, PQfinish) {}

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url,
                                                                             const std::string& name) {
  const Options options = Parse(url);
  if (options == nullptr) return CheckUrl(url);
  std::vector<const char*> keywords, values;
  const auto set = [&](const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  };
  for (const Setting& setting : kDefaults) set(setting.name, setting.value);
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) set(option->keyword, option->val);
  }
  set("application_name", name.c_str());
  set(nullptr, nullptr);
  PGconn* const connection = PQconnectdbParams(keywords.data(), values.data(), /*expand_dbname=*/0);
  std::unique_ptr<PostgresConnection> opened(new PostgresConnection(connection));
  if (PQstatus(connection) != CONNECTION_OK) {
    return absl::UnavailableError(absl::StrCat("the store, ", Describe(url),
                                               ", cannot be reached: ", FirstLine(PQerrorMessage(connection)),
                                               ": start the server, or correct --store"));
  }
  PQsetnonblocking(connection, 1);
  PQsetNoticeReceiver(
      connection,
      [](void* self, const PGresult* notice) {
        const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
        if (severity != nullptr && std::strcmp(severity, "WARNING") == 0) {
          static_cast<PostgresConnection*>(self)->warned_ = true;
        }
      },
      opened.get());
  const absl::Status session = opened->Execute(kSession);
  if (!session.ok()) return session;
  return opened;
}

void PostgresConnection::Queue(const std::string& sql, PostgresParameters parameters) {
  queue_.push_back({.sql = sql, .parameters = std::move(parameters)});
}

bool PostgresConnection::Send(const Queued& queued) {
  PGconn* const connection = connection_.get();
  const PostgresParameters& parameters = queued.parameters;
  const int count = static_cast<int>(parameters.types_.size());
  std::string& name = prepared_[queued.sql];
  if (name.empty()) {
    name = absl::StrCat("hookd", ++names_);
    if (PQsendPrepare(connection, name.c_str(), queued.sql.c_str(), count, parameters.types_.data()) == 0)
      return false;
  }
  std::vector<const char*> values;
  std::vector<int> lengths, formats(static_cast<size_t>(count), 1);
  for (const auto& value : parameters.values_) {
    values.push_back(value.has_value() ? value->c_str() : nullptr);
    lengths.push_back(value.has_value() ? static_cast<int>(value->size()) : 0);
  }
  return PQsendQueryPrepared(connection, name.c_str(), count, values.data(), lengths.data(), formats.data(),
                             /*resultFormat=*/1) != 0;
}

PGresult* PostgresConnection::Next(absl::Time deadline) {
  PGconn* const connection = connection_.get();
  while (!broken_) {
    const int unsent = PQflush(connection);
    if (unsent < 0) break;
    if (PQisBusy(connection) == 0) return PQgetResult(connection);
    const absl::Duration left = deadline - absl::Now();
    pollfd socket = {.fd = PQsocket(connection),
                     .events = static_cast<int16_t>(POLLIN | (unsent > 0 ? POLLOUT : 0)),
                     .revents = 0};
    const int ready = left <= absl::ZeroDuration()
                          ? 0
                          : poll(&socket, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready == 0) break;
    if (ready > 0 && PQconsumeInput(connection) == 0) break;
  }
  broken_ = true;
  return nullptr;
}

absl::StatusOr<std::vector<PostgresRows>> PostgresConnection::Run(absl::Duration patience) {
  const std::vector<Queued> queue = std::exchange(queue_, {});
  PGconn* const connection = connection_.get();
  if (broken()) return Lost();
  if (PQenterPipelineMode(connection) == 0) return Lost();
  // A statement that was not prepared before has two results.
  std::vector<bool> gives_rows;
  std::vector<const std::string*> preparing;
  for (const Queued& queued : queue) {
    if (!prepared_.contains(queued.sql)) {
      gives_rows.push_back(false);
      preparing.push_back(&queued.sql);
    }
    gives_rows.push_back(true);
    if (!Send(queued)) return Lost();
  }
  if (PQpipelineSync(connection) == 0) return Lost();
  const absl::Time deadline = absl::Now() + patience;
  std::vector<PostgresRows> rows;
  absl::Status status;
  for (const bool gives : gives_rows) {
    while (PGresult* const result = Next(deadline)) {
      PostgresRows owned(result);
      const ExecStatusType code = PQresultStatus(result);
      if (code == PGRES_TUPLES_OK || code == PGRES_COMMAND_OK) {
        if (gives) rows.push_back(std::move(owned));
      } else if (status.ok() && code != PGRES_PIPELINE_ABORTED) {
        status = ToStatus(result);
      }
    }
    if (broken_) break;
  }
  if (!broken_) PQclear(Next(deadline));  // the pipeline's end
  if (broken_ || PQexitPipelineMode(connection) == 0 || PQstatus(connection) != CONNECTION_OK) {
    const absl::Status lost = Lost();
    return status.ok() ? lost : status;
  }
  if (status.ok()) return rows;
  // It is not known which were prepared before the error: they are prepared again, under other names.
  for (const std::string* sql : preparing) prepared_.erase(*sql);
  return status;
}

absl::StatusOr<PostgresRows> PostgresConnection::Query(const std::string& sql, PostgresParameters parameters,
                                                       absl::Duration patience) {
  Queue(sql, std::move(parameters));
  auto rows = Run(patience);
  if (!rows.ok()) return rows.status();
  return std::move(rows->front());
}

absl::Status PostgresConnection::Execute(const std::string& sql, absl::Duration patience) {
  if (broken() || PQsendQuery(connection_.get(), sql.c_str()) == 0) return Lost();
  const absl::Time deadline = absl::Now() + patience;
  absl::Status status;
  while (PGresult* const result = Next(deadline)) {
    const PostgresRows owned(result);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR && status.ok()) status = ToStatus(result);
  }
  if (broken() && status.ok()) return Lost();
  return status;
}

void PostgresConnection::AwaitNotification(int wake, absl::Duration timeout) {
  pollfd sockets[] = {{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0},
                      {.fd = wake, .events = POLLIN, .revents = 0}};
  if (poll(sockets, 2, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0 && sockets[0].revents != 0 &&
      PQconsumeInput(connection_.get()) == 0) {
    broken_ = true;
  }
}

absl::Status PostgresConnection::Lost() {
  broken_ = true;
  return absl::UnavailableError(
      "the connection to the store's PostgreSQL was lost: hookd reconnects until the server "
      "answers; check the server and the network");
}

absl::Status PostgresConnection::ToStatus(const PGresult* result) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const absl::string_view state = field == nullptr ? "" : field;
  // Without the details, which may contain values.
  field = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string message = field == nullptr ? FirstLine(PQresultErrorMessage(result)) : field;
  const auto says = [&](absl::string_view advice) {
    return absl::StrCat("the store's PostgreSQL says: ", message, " (", state, "): ", advice);
  };
  // Serialization failure, deadlock, and a row that another process inserted at the same time.
  if (state == "40001" || state == "40P01" || state == "23505") return absl::AbortedError(says("try again"));
  if (state == "53100") {
    // The server's message has the path of its file, and callers see this message.
    return absl::ResourceExhaustedError(
        "the store's PostgreSQL has no room to grow (53100): make room on its disk; accepted events "
        "are safe and still delivered");
  }
  if (state == "25006") {
    broken_ = true;  // the next connection is to a server that can be written
    return absl::UnavailableError(says("make it writable, or name its primary in --store"));
  }
  if (state.substr(0, 3) == "57P") return Lost();
  if (state == "42501")
    return absl::UnavailableError(says("grant the privileges of the tables' owner to the user of --store"));
  if (state == "42P01" || state == "42703")
    return absl::UnavailableError(
        says("the tables are missing or not hookd's: restart hookd, which creates them"));
  return absl::UnavailableError(says("see the server's log"));
}

}  // namespace hookd
