// How a request of a CurlLoop gets to libcurl: name lookup, connection, transfer.
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "http/curl/curl_error.h"
#include "http/curl/curl_job.h"
#include "http/curl/curl_loop.h"

namespace hookd {

void CurlLoop::Begin(Waiting waiting) {
  auto owned = std::make_unique<Job>(this, std::move(waiting.request), std::move(waiting.done), waiting.sent,
                                     waiting.late_ns);
  Job& job = *owned;
  jobs_.emplace(&job, std::move(owned));
  SetDeadline(job, job.ConnectDeadline(job.begun));
  if (proxy_.has_value() && !options_.egress.CheckUrl(job.request.url).ok()) {
    return Finish(job, ErrorResult(kEgressNotAllowed, HttpFailure::kBlocked, HttpFault::kPolicy));
  }
  job.endpoint = pool_.Enter(job.request);
  CurlHandle handle = TakeHandle();
  if (job.endpoint == nullptr) {
    return Finish(job, ErrorResult("the URL is not valid", HttpFailure::kOther, HttpFault::kEndpoint));
  }
  if (handle == nullptr) {
    return Finish(job, ErrorResult("out of memory", HttpFailure::kResources, HttpFault::kHookd));
  }
  job.transfer = std::make_unique<CurlTransfer>(std::move(handle), &job.request, options_.max_body_bytes,
                                                proxy_.has_value(), &job);
  curl_easy_setopt(job.transfer->handle(), CURLOPT_PRIVATE, &job);
  ChooseConnection(job);
}

void CurlLoop::ChooseConnection(Job& job) {
  if (job.request.fresh_connection) return LookUp(job);
  // With a proxy libcurl chooses the connection, and reports if it has none.
  if (proxy_.has_value()) return Transfer(job, -1);
  job.connection = pool_.Choose(job.endpoint, std::chrono::steady_clock::now());
  if (job.connection == nullptr) return LookUp(job);
  Transfer(job, -1);
}

void CurlLoop::LookUp(Job& job) {
  const std::string& name = job.Target(proxy_).host;
  if (const auto known = options_.names->Cached(name); known.has_value()) return OnAnswer(job, *known);
  const auto [waiting, first] = looking_up_.try_emplace(name);
  waiting->second.insert(&job);
  job.looking_up = true;
  if (!first) return;
  options_.names->Lookup(name, [this, name](const NameResolver::Answer& answer) {
    bool wake;
    {
      absl::MutexLock lock(&mutex_);
      wake = inbox_.empty() && found_.empty();
      found_.push_back({name, answer});
    }
    if (wake) eventfd_write(wake_.get(), 1);
  });
}

void CurlLoop::OnFound(const Found& found) {
  const auto waiting = looking_up_.extract(found.name);
  if (waiting.empty()) return;
  for (Job* const job : waiting.mapped()) {
    job->looking_up = false;
    OnAnswer(*job, found.answer);
  }
}

void CurlLoop::OnAnswer(Job& job, const NameResolver::Answer& answer) {
  using Kind = NameResolver::Answer::Kind;
  job.looked_up = std::chrono::steady_clock::now();
  if (answer.kind == Kind::kFound) {
    job.addresses = answer.addresses;
    return Connect(job);
  }
  if (proxy_.has_value()) {
    return Finish(job, ErrorResult("could not resolve the egress proxy's host name", HttpFailure::kProxy,
                                   HttpFault::kHookd));
  }
  std::string error = "could not resolve the host name";
  if (answer.kind == Kind::kNoAnswer)
    absl::StrAppend(&error, ": the name servers for this name do not respond");
  if (answer.kind == Kind::kNoNameServers) absl::StrAppend(&error, ": no name server responds");
  Finish(job, ErrorResult(std::move(error), HttpFailure::kResolve,
                          answer.kind == Kind::kNoNameServers ? HttpFault::kHookd : HttpFault::kEndpoint));
}

void CurlLoop::Connect(Job& job) {
  // The address that worked last time comes first.
  auto& addresses = job.addresses;
  if (!proxy_.has_value() && job.endpoint->last_address.has_value()) {
    const auto last = std::find(addresses.begin(), addresses.end(), *job.endpoint->last_address);
    if (last != addresses.end()) std::rotate(addresses.begin(), last, last + 1);
  }
  const auto left = std::max<std::chrono::nanoseconds>(std::chrono::milliseconds(1),
                                                       job.deadline - std::chrono::steady_clock::now());
  job.race =
      connector_.Connect(addresses, job.Target(proxy_).port, left, [this, &job](Connector::Result end) {
        job.race = nullptr;
        OnConnected(job, end);
      });
}

void CurlLoop::OnConnected(Job& job, Connector::Result result) {
  if (result.socket >= 0) {
    job.connected = std::chrono::steady_clock::now();
    options_.evidence->NoteConnected();
    if (!proxy_.has_value()) {
      job.endpoint->last_address = result.address;
      job.connection = pool_.Add(job.endpoint, result.socket, job.connected);
      job.connection->remote_address = result.address->ToString(job.endpoint->target.port);
    }
    return Transfer(job, result.socket);
  }
  if (result.not_allowed) {
    return Finish(job, ErrorResult(kEgressNotAllowed, HttpFailure::kBlocked, HttpFault::kPolicy));
  }
  HttpResult failure = ConnectFailure(result.os_error, result.ours, options_.evidence->connects());
  if (proxy_.has_value()) {
    failure.error = absl::StrCat("cannot reach the egress proxy: ", failure.error);
    failure.failure = HttpFailure::kProxy;
    failure.fault = HttpFault::kHookd;
  }
  Finish(job, std::move(failure));
}

void CurlLoop::Transfer(Job& job, int socket) {
  job.reused = socket < 0;
  if (socket >= 0) {
    sockets_[socket] = {.events = 0, .idle = true, .connection = job.connection};
    connections_ = static_cast<int64_t>(sockets_.size());
    pulse_.Opened(socket, OriginOf(job.request.url));
    if (!sweep_.has_value()) sweep_ = job.connected + job.SweepInterval(options_.idle_connection);
  }
  ConnectionPool::Label* const label = job.connection == nullptr ? nullptr : job.connection->label.get();
  job.transfer->UseConnection(label == nullptr ? nullptr : label->connect_to.get(), socket,
                              label != nullptr && std::exchange(label->ended, false));
  const CURLMcode code = curl_multi_add_handle(multi_.get(), job.transfer->handle());
  job.in_libcurl = code == CURLM_OK;
  if (job.in_libcurl) return;
  if (code == CURLM_ABORTED_BY_CALLBACK) broken_ = code;
  Finish(job, ErrorResult(absl::StrCat("the request failed: ", curl_multi_strerror(code)),
                          HttpFailure::kOther, HttpFault::kHookd));
}

CurlHandle CurlLoop::TakeHandle() {
  if (!spare_.empty()) {
    CurlHandle handle = std::move(spare_.back());
    spare_.pop_back();
    return handle;
  }
  CurlHandle handle = MakeCurlHandle(settings_);
  if (handle == nullptr) return handle;
  curl_easy_setopt(handle.get(), CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::OnClose);
  curl_easy_setopt(handle.get(), CURLOPT_CLOSESOCKETDATA, this);
  return handle;
}

}  // namespace hookd
