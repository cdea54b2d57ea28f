#include "tests/support/fake_store.h"

#include <algorithm>

#include "base/limits.h"
#include "store/store_errors.h"

namespace hookd {
void FakeStore::HoldCommits() {
  absl::MutexLock lock(&mutex_);
  held_ = true;
}

void FakeStore::WaitForHeldCommit() {
  absl::MutexLock lock(&mutex_);
  const auto is_held = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !held_answers_.empty(); };
  mutex_.Await(absl::Condition(&is_held));
}

void FakeStore::ReleaseCommits() {
  while (true) {
    std::function<void()> answer;
    {
      absl::MutexLock lock(&mutex_);
      if (held_answers_.empty()) {
        held_ = false;
        return;
      }
      answer = std::move(held_answers_.front());
      held_answers_.pop_front();
    }
    answer();
  }
}

void FakeStore::FailWrites(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  write_error_ = std::move(status);
}

void FakeStore::FailReads(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  read_error_ = std::move(status);
}

void FakeStore::SetBackup(std::vector<std::string> pieces) {
  absl::MutexLock lock(&mutex_);
  backup_ = std::move(pieces);
}

void FakeStore::Ping(std::function<void()> done) { AnswerWrite(std::move(done)); }

void FakeStore::MeasureBytes(Done<absl::StatusOr<int64_t>> done) {
  absl::StatusOr<int64_t> bytes;
  {
    absl::MutexLock lock(&mutex_);
    bytes = bytes_;
    if (!read_error_.ok()) bytes = read_error_;
  }
  done(std::move(bytes));
}

void FakeStore::SetBytes(int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  bytes_ = bytes;
}

size_t FakeStore::waiting_writes() const {
  absl::MutexLock lock(&mutex_);
  return held_answers_.size();
}

absl::Status FakeStore::Backup(const BackupSink& sink) {
  std::vector<std::string> pieces;
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    pieces = backup_;
    end = read_error_;
  }
  int64_t total = 0;
  for (const std::string& piece : pieces) total += static_cast<int64_t>(piece.size());
  for (const std::string& piece : pieces) {
    if (!sink(piece, total)) return absl::CancelledError("the backup was canceled");
  }
  return end;
}

size_t FakeStore::size() const {
  absl::MutexLock lock(&mutex_);
  return projects_.size() + tokens_.size() + webhooks_.size() + names_.size() + events_.size() +
         deliveries_.size() + outcomes_.size() + answers_.size();
}

void FakeStore::AnswerWrite(std::function<void()> answer) {
  {
    absl::MutexLock lock(&mutex_);
    if (held_) {
      held_answers_.push_back(std::move(answer));
      return;
    }
  }
  answer();
}

absl::StatusOr<const FakeStore::Answer*> FakeStore::FindAnswer(const std::string& project,
                                                               const std::optional<RequestId>& request_id) {
  if (!request_id.has_value()) return nullptr;
  const auto found = answers_.find({project, request_id->id});
  if (found == answers_.end()) return nullptr;
  if (found->second.fingerprint != request_id->fingerprint) {
    return RequestIdReused();
  }
  return &found->second;
}

Webhook* FakeStore::FindWebhook(const std::string& project, const std::string& id) {
  for (auto& [key, webhook] : webhooks_) {
    if (webhook.project == project && webhook.id == id) return &webhook;
  }
  return nullptr;
}

void FakeStore::CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                              Done<absl::StatusOr<Created>> done) {
  const auto create = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Created> {
    if (!write_error_.ok()) return write_error_;
    const auto known = FindAnswer(webhook.project, request_id);
    if (!known.ok()) return known.status();
    if (*known != nullptr) return Created{.webhook = (*known)->webhook, .repeated = true};
    if (!webhook.id.empty() && FindWebhook(webhook.project, webhook.id) != nullptr) {
      return WebhookExists(webhook.project, webhook.id);
    }
    webhook.key = keys_.Take(clock_->Now(), 1);
    webhook.revision = webhook.key;
    if (webhook.id.empty()) webhook.id = EncodeId(webhook.key);
    webhook.create_time = webhook.update_time = clock_->Now();
    webhook.project_key = MakeProject(webhook.project).key;
    webhooks_[webhook.key] = webhook;
    names_[webhook.key] = {webhook.project, webhook.id};
    if (request_id.has_value()) {
      answers_[{webhook.project, request_id->id}] = {request_id->fingerprint, webhook, {}};
    }
    return Created{.webhook = webhook, .repeated = false};
  };
  mutex_.Lock();
  auto created = create();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), created = std::move(created)] { done(created); });
}

void FakeStore::UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                              Done<absl::StatusOr<Webhook>> done) {
  const auto update = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Webhook> {
    if (!write_error_.ok()) return write_error_;
    Webhook* const stored = FindWebhook(project, id);
    if (stored == nullptr) return WebhookNotFound(project, id);
    Webhook webhook = *stored;
    const absl::Status edited = edit(webhook);
    if (!edited.ok()) return edited;
    webhook.revision = keys_.Take(clock_->Now(), 1);
    webhook.update_time = clock_->Now();
    return *stored = webhook;
  };
  mutex_.Lock();
  auto updated = update();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), updated = std::move(updated)] { done(updated); });
}

void FakeStore::DeleteWebhook(std::string project, std::string id,
                              std::function<absl::Status(const Webhook&)> check,
                              Done<absl::StatusOr<Webhook>> done) {
  const auto remove = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Webhook> {
    if (!write_error_.ok()) return write_error_;
    Webhook* const stored = FindWebhook(project, id);
    if (stored == nullptr) return WebhookNotFound(project, id);
    const absl::Status checked = check(*stored);
    if (!checked.ok()) return checked;
    Webhook webhook = *stored;
    webhooks_.erase(webhook.key);
    health_.erase(webhook.key);
    return webhook;
  };
  mutex_.Lock();
  auto removed = remove();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), removed = std::move(removed)] { done(removed); });
}

void FakeStore::SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) {
  absl::MutexLock lock(&mutex_);
  const auto found = webhooks_.find(webhook_key);
  if (found != webhooks_.end()) found->second.failing_since = failing_since;
}

void FakeStore::CreateToken(Token token, Done<absl::StatusOr<Token>> done) {
  const auto create = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Token> {
    if (!write_error_.ok()) return write_error_;
    if (tokens_.contains(token.id)) {
      return TokenExists(token.id);
    }
    token.key = keys_.Take(clock_->Now(), 1);
    if (token.id.empty()) token.id = EncodeId(token.key);
    token.create_time = clock_->Now();
    tokens_[token.id] = token;
    return token;
  };
  mutex_.Lock();
  auto created = create();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), created = std::move(created)] { done(created); });
}

void FakeStore::DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) {
  const auto remove = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Token> {
    if (!write_error_.ok()) return write_error_;
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return TokenNotFound(id);
    Token token = found->second;
    tokens_.erase(found);
    return token;
  };
  mutex_.Lock();
  auto removed = remove();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), removed = std::move(removed)] { done(removed); });
}

void FakeStore::SetTokenUsed(int64_t key, absl::Time time) {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, token] : tokens_) {
    if (token.key == key) token.last_used_time = time;
  }
}

absl::StatusOr<std::vector<Token>> FakeStore::LoadTokens() {
  absl::MutexLock lock(&mutex_);
  if (!read_error_.ok()) return read_error_;
  std::vector<Token> tokens;
  for (const auto& [id, token] : tokens_) tokens.push_back(token);
  return tokens;
}

absl::StatusOr<std::vector<Webhook>> FakeStore::LoadWebhooks() {
  absl::MutexLock lock(&mutex_);
  if (!read_error_.ok()) return read_error_;
  std::vector<Webhook> webhooks;
  for (const auto& [key, webhook] : webhooks_) webhooks.push_back(webhook);
  return webhooks;
}

void FakeStore::AcceptEvents(std::string project, std::vector<NewEvent> events,
                             std::optional<RequestId> request_id, Done<absl::StatusOr<Accepted>> done) {
  const auto accept = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Accepted> {
    if (!write_error_.ok()) return write_error_;
    const auto known = FindAnswer(project, request_id);
    if (!known.ok()) return known.status();
    if (*known != nullptr) return Accepted{.events = (*known)->events, .repeated = true};
    Accepted accepted;
    accepted.project_key = MakeProject(project).key;
    for (const NewEvent& event : events) {
      const auto count = static_cast<int>(event.webhooks.size());
      int64_t key = keys_.Take(clock_->Now(), 1 + count);
      events_[key] = {project, {key, event.type, event.event, TimeOfKey(key), count}, event.trace};
      accepted.events.push_back({.key = key, .emit_time = TimeOfKey(key), .webhook_count = count});
      const int64_t event_key = key;
      for (int64_t webhook : event.webhooks) {
        Delivery delivery;
        delivery.key = ++key;
        delivery.event_key = event_key;
        delivery.webhook_key = webhook;
        delivery.webhook_id = names_[webhook].second;
        delivery.event_type = event.type;
        deliveries_[key] = {.project = project, .delivery = delivery};
        waiting_.insert(PlaceOf(delivery));
      }
    }
    if (request_id.has_value()) {
      answers_[{project, request_id->id}] = {request_id->fingerprint, {}, accepted.events};
    }
    return accepted;
  };
  mutex_.Lock();
  auto accepted = accept();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), accepted = std::move(accepted)] { done(accepted); });
}

void FakeStore::FindAccepted(std::string project, RequestId request_id, Done<absl::StatusOr<Accepted>> done) {
  const auto find = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Accepted> {
    if (!read_error_.ok()) return read_error_;
    const auto known = FindAnswer(project, request_id);
    if (!known.ok()) return known.status();
    if (*known == nullptr) return RequestIdNotFound();
    return Accepted{.events = (*known)->events, .repeated = true};
  };
  mutex_.Lock();
  auto accepted = find();
  mutex_.Unlock();
  done(std::move(accepted));
}

void FakeStore::GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) {
  const auto get = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Event> {
    if (!read_error_.ok()) return read_error_;
    const auto found = events_.find(key);
    if (found == events_.end() || found->second.project != project) return EventNotFound(project, key);
    return found->second.event;
  };
  mutex_.Lock();
  auto event = get();
  mutex_.Unlock();
  done(std::move(event));
}

void FakeStore::GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) {
  const auto get = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Delivery> {
    if (!read_error_.ok()) return read_error_;
    const auto found = deliveries_.find(key);
    if (found == deliveries_.end() || found->second.project != project) return DeliveryNotFound(project, key);
    return found->second.delivery;
  };
  mutex_.Lock();
  auto delivery = get();
  mutex_.Unlock();
  done(std::move(delivery));
}

void FakeStore::ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) {
  const auto list = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<DeliveryPage> {
    if (!read_error_.ok()) return read_error_;
    DeliveryPage page;
    int looked_at = 0;
    for (auto it = deliveries_.rbegin(); it != deliveries_.rend(); ++it) {
      const std::string& project = it->second.project;
      const Delivery& delivery = it->second.delivery;
      const DeliveryFilter& filter = query.filter;
      if (project != query.project || (filter.min_key && delivery.key < *filter.min_key) ||
          (filter.max_key && delivery.key > *filter.max_key)) {
        continue;
      }
      if (filter.Matches(delivery) &&
          search::HasContent(read_content_, events_[delivery.event_key].event.event, query.content)) {
        page.deliveries.push_back(delivery);
        page.deliveries.back().attempts.clear();
        if (page.deliveries.size() == static_cast<size_t>(query.limit)) break;
      }
      if (++looked_at == std::min(query.max_examined, look_at_)) {
        page.examined_to = delivery.key;
        break;
      }
    }
    return page;
  };
  mutex_.Lock();
  auto page = list();
  mutex_.Unlock();
  done(std::move(page));
}

}  // namespace hookd
