// How a request of a CurlLoop ends: by libcurl, by its deadline, or with the loop.
#include <sys/epoll.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/tuning.h"
#include "http/curl/curl_error.h"
#include "http/curl/curl_job.h"
#include "http/curl/curl_loop.h"

namespace hookd {
namespace {

// Each handle holds some 25 KiB. This is more than a busy loop uses at a time.
constexpr size_t kMaxSpareHandles = 64;

}  // namespace

void CurlLoop::FinishDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    if (const auto closed = closing_.extract(message->easy_handle); !closed.empty()) {
      curl_multi_remove_handle(multi_.get(), closed.key());
      pool_.GiveBack(std::move(closed.mapped().label));
      spare_closing_.push_back(std::move(closed.mapped().handle));
      continue;
    }
    char* job = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
    FinishTransfer(*reinterpret_cast<Job*>(job), message->data.result);
  }
}

void CurlLoop::FinishTransfer(Job& job, CURLcode code) {
  if (code != CURLE_OK && job.connection != nullptr && job.connection->socket >= 0) {
    job.connection->cut |= pulse_.WasCut(job.connection->socket);
  }
  const bool cut = code != CURLE_OK && job.connection != nullptr && job.connection->cut;
  if (code != CURLE_OK && job.transfer->WantsSocket() && job.sends < 2 && !cut) {
    // libcurl has no connection for the request, or its connection closed without a response.
    Detach(job);
    SetDeadline(job, job.ConnectDeadline(std::chrono::steady_clock::now()));
    return LookUp(job);
  }
  if (job.transfer->PassedProxy(code)) options_.evidence->NoteProxyPassed();
  if (code == CURLE_OK) options_.evidence->NoteConnected();
  // A connection on which a request failed is not used again. If it timed out, neither are the idle
  // connections to the same endpoint, because a middlebox may have stopped forwarding them.
  if (job.connection != nullptr && code != CURLE_OK) {
    pool_.Retire(job.connection);
    if (job.reused && code == CURLE_OPERATION_TIMEDOUT) pool_.RetireIdle(job.endpoint);
  } else if (job.connection != nullptr) {
    job.connection->multiplexed |= options_.http2 && job.transfer->IsHttp2();
  }
  if (code != CURLE_OK && job.transfer->WantsSocket()) code = CURLE_HTTP2_STREAM;  // refused twice
  HttpResult result = job.transfer->Finish(code, job.limit, options_.evidence->proxy_works());
  // A caller is not told about addresses that are not allowed.
  if (result.failure != HttpFailure::kBlocked) {
    if (job.connection != nullptr) result.remote_address = job.connection->remote_address;
    if (proxy_.has_value()) result.remote_address = job.transfer->PeerAddress(proxy_->port);
  }
  if (job.connected > job.begun && !job.reused) {
    result.name_lookup = absl::FromChrono(job.looked_up - job.connecting_since);
    result.connect = absl::FromChrono(job.connected - job.looked_up);
  }
  if (cut) {
    result.error = "the endpoint sent too much data: hookd closed the connection";
    result.failure = HttpFailure::kProtocol;
    result.fault = HttpFault::kEndpoint;
    result.abusive = true;
  }
  Finish(job, std::move(result));
}

void CurlLoop::FinishOverdue() {
  const Instant now = std::chrono::steady_clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Job& job = *deadlines_.begin()->second;
    if (job.in_libcurl && (job.sends > 0 || !WasLateFor(job))) {
      FinishTransfer(job, CURLE_OPERATION_TIMEDOUT);
    } else {
      Finish(job, Overdue(job));
    }
  }
}

bool CurlLoop::WasLateFor(const Job& job) const {
  return absl::Nanoseconds(late_ns_ - job.late_ns) > job.limit / 4;
}

HttpResult CurlLoop::Overdue(Job& job) {
  const std::string limit = absl::FormatDuration(job.limit);
  if (WasLateFor(job)) {
    return ErrorResult(absl::StrCat("hookd was too busy to send within ", limit), HttpFailure::kResources,
                       HttpFault::kHookd);
  }
  if (proxy_.has_value()) {
    return ErrorResult(absl::StrCat("could not reach the egress proxy within ", limit), HttpFailure::kProxy,
                       HttpFault::kHookd);
  }
  if (job.looking_up) {
    const bool ours = options_.names->saturated() || !options_.names->AnswersSince(job.connecting_since);
    return ErrorResult(absl::StrCat("could not resolve the host name within ", limit), HttpFailure::kResolve,
                       ours ? HttpFault::kHookd : HttpFault::kEndpoint);
  }
  return ErrorResult(absl::StrCat("timed out after ", limit, ": no connection"), HttpFailure::kTimeout,
                     HttpFault::kEndpoint);
}

void CurlLoop::Detach(Job& job) {
  if (job.looking_up) {
    // Later requests join the lookup that is in progress.
    looking_up_.at(job.Target(proxy_).host).erase(&job);
    job.looking_up = false;
  }
  if (job.race != nullptr) connector_.Cancel(std::exchange(job.race, nullptr));
  if (std::exchange(job.in_libcurl, false)) {
    // libcurl may read from the socket to end TLS.
    pulse_.BeginCall(job.connection == nullptr ? -1 : job.connection->socket);
    curl_multi_remove_handle(multi_.get(), job.transfer->handle());  // this also removes libcurl's message
    pulse_.EndCall();
  }
  if (job.transfer != nullptr) {
    if (const int socket = job.transfer->TakeSocket(); socket >= 0) Close(socket);
  }
  if (job.connection != nullptr) {
    if (job.transfer->WantsSocket()) pool_.Retire(job.connection);
    const int socket = job.connection->socket;
    pool_.Release(std::exchange(job.connection, nullptr), std::chrono::steady_clock::now());
    const auto found = sockets_.find(socket);
    if (found == sockets_.end()) return;
    found->second.events_to_check = tuning::kUncheckedEvents;
    // If the response arrived so fast that libcurl never asked for events, the socket is not watched yet.
    if (found->second.events != 0 || !found->second.idle) return;
    if (Watch(socket, kLibcurl, EPOLLIN)) found->second.events = EPOLLIN;
  }
}

void CurlLoop::Finish(Job& job, HttpResult result) {
  if (job.sends > 0 && !job.in_libcurl && result.fault == HttpFault::kHookd && !ending_) {
    // The request was sent on a reused connection that closed, and the endpoint may have processed it.
    result = ErrorResult("the connection was closed before a response", HttpFailure::kBroken,
                         HttpFault::kEndpoint);
  }
  Detach(job);
  if (job.endpoint != nullptr) pool_.Leave(job.endpoint);
  const Instant now = std::chrono::steady_clock::now();
  result.total = absl::FromChrono(now - job.begun);
  if (job.transfer != nullptr) {
    CurlHandle handle = job.transfer->TakeHandle();
    if (handle != nullptr && spare_.size() < kMaxSpareHandles) spare_.push_back(std::move(handle));
  }
  deadlines_.erase({job.deadline, &job});
  const auto found = jobs_.find(&job);
  const std::unique_ptr<Job> ended = std::move(found->second);
  jobs_.erase(found);
  if (jobs_.empty()) idle_since_ = now;
  ended->done(std::move(result));
}

void CurlLoop::SetDeadline(Job& job, Instant deadline) {
  if (job.deadline == deadline) return;
  if (job.deadline != Instant()) deadlines_.erase({job.deadline, &job});
  job.deadline = deadline;
  deadlines_.insert({deadline, &job});
}

}  // namespace hookd
