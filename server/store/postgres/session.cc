#include "store/postgres/session.h"

#include <utility>

#include "base/thread_name.h"

namespace hookd {
namespace {

// Between two attempts to connect: short enough to resume quickly, long enough for a server that is starting.
constexpr absl::Duration kPause = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresSession::Connect(const Options& options) {
  auto connection = PostgresConnection::Open(options.url, options.name);
  if (!connection.ok() || !options.prepare) return connection;
  const absl::Status prepared = options.prepare(**connection);
  if (!prepared.ok()) return prepared;
  return connection;
}

absl::StatusOr<std::unique_ptr<PostgresSession>> PostgresSession::Open(Options options) {
  auto connection = Connect(options);
  if (!connection.ok()) return connection.status();
  return std::unique_ptr<PostgresSession>(new PostgresSession(std::move(options), *std::move(connection)));
}

PostgresSession::PostgresSession(Options options, std::unique_ptr<PostgresConnection> connection)
    : options_(std::move(options)), connection_(std::move(connection)), thread_([this] { Run(); }) {}

PostgresSession::~PostgresSession() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  thread_.join();
}

absl::StatusOr<PostgresConnection*> PostgresSession::Get() {
  absl::MutexLock lock(&mutex_);
  if (connection_ != nullptr && connection_->broken()) {
    connection_.reset();
    lost_ = absl::UnavailableError(
        "the store's PostgreSQL does not answer: hookd reconnects until it does; check the server");
  }
  if (connection_ == nullptr) return lost_;
  return connection_.get();
}

absl::StatusOr<PostgresConnection*> PostgresSession::Reconnect() {
  absl::MutexLock lock(&mutex_);
  connection_.reset();
  const auto tried = [this, before = failures_]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return connection_ != nullptr || failures_ != before;
  };
  mutex_.Await(absl::Condition(&tried));
  if (connection_ == nullptr) return lost_;
  return connection_.get();
}

void PostgresSession::Run() {
  NameThread("hookd-connect");
  absl::MutexLock lock(&mutex_);
  while (true) {
    const auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return connection_ == nullptr || closing_;
    };
    mutex_.Await(absl::Condition(&wanted));
    if (closing_) return;
    mutex_.Unlock();
    auto connection = Connect(options_);
    mutex_.Lock();
    if (connection.ok()) {
      connection_ = *std::move(connection);
      continue;
    }
    lost_ = absl::UnavailableError(connection.status().message());
    ++failures_;
    mutex_.AwaitWithTimeout(absl::Condition(&closing_), kPause);
  }
}

}  // namespace hookd
