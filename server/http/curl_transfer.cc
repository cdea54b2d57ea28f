#include "http/curl_transfer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "http/curl_error.h"

namespace hookd {
namespace {

curl_slist* HeaderList(const std::vector<std::pair<std::string, std::string>>& headers) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
      curl_slist_free_all(list);
      throw std::bad_alloc();
    }
    list = longer;
  };
  bool has_content_type = false;
  for (const auto& [name, value] : headers) {
    has_content_type |= absl::EqualsIgnoreCase(name, "Content-Type");
    // libcurl takes "name:" for a header to leave out, "name;" for one without a value.
    if (absl::StripAsciiWhitespace(value).empty()) {
      add(absl::StrCat(name, ";"));
    } else {
      add(absl::StrCat(name, ": ", value));
    }
  }
  // What libcurl would add of its own.
  add("Expect:");
  if (!has_content_type) add("Content-Type:");
  return list;
}

// Ten years: more than anybody waits, and far from what overflows.
constexpr curl_off_t kMaxRetryAfterSeconds = 315'360'000;

long RoundUpToMilliseconds(absl::Duration duration) {
  return std::max<long>(
      1, static_cast<long>(absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)))));
}

// Sets a text that the request holds, if it is not empty.
void SetBlob(CURL* handle, CURLoption option, const std::string& text) {
  if (text.empty()) return;
  curl_blob blob = {.data = const_cast<char*>(text.data()), .len = text.size(), .flags = CURL_BLOB_NOCOPY};
  curl_easy_setopt(handle, option, &blob);
}

absl::Duration Time(CURL* handle, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle, info, &microseconds);
  return absl::Microseconds(microseconds);
}

long Number(CURL* handle, CURLINFO info) {
  long number = 0;
  curl_easy_getinfo(handle, info, &number);
  return number;
}

// RFC 9110, 15.2; or none at all. After 101 libcurl waits for no other.
bool IsInterim(long status) { return status < 200 && status != 101; }

bool UsesKeptConnection(CURL* handle) { return Number(handle, CURLINFO_NUM_CONNECTS) == 0; }

// libcurl tells when each phase ended, counted from the beginning, and 0 for one that was not reached. To the
// end of a lookup it adds `kept_lookup`, that of a kept connection before.
void SetDurations(CURL* handle, absl::Duration kept_lookup, HttpResult& result) {
  const absl::Duration zero = absl::ZeroDuration();
  const absl::Duration looked_up = Time(handle, CURLINFO_NAMELOOKUP_TIME_T) - kept_lookup;
  const absl::Duration connected = Time(handle, CURLINFO_CONNECT_TIME_T);
  const absl::Duration secured = Time(handle, CURLINFO_APPCONNECT_TIME_T);
  const absl::Duration ready = Time(handle, CURLINFO_PRETRANSFER_TIME_T);
  const absl::Duration first_byte = Time(handle, CURLINFO_STARTTRANSFER_TIME_T);
  result.total = Time(handle, CURLINFO_TOTAL_TIME_T);
  const bool kept_connection = ready > zero && UsesKeptConnection(handle);
  if (!kept_connection) {
    result.name_lookup = looked_up;
    if (connected > zero) result.connect = std::max(zero, connected - looked_up);
    if (secured > zero) result.tls = std::max(zero, secured - connected);
  }
  if (first_byte > zero) result.first_byte = std::max(zero, first_byte - std::max({connected, secured}));
}

}  // namespace

CurlHandle MakeCurlHandle(const std::string& ca_file, const std::string& proxy, CURLSH* share) {
  CurlHandle handle(curl_easy_init());
  if (handle == nullptr) return nullptr;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // A name lookup that hangs past its request's timeout is left to end by itself, instead of stopping the
  // loop.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, proxy.c_str());  // empty: none, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
  // The folder would be trusted besides the file. Without it libcurl reads the file once, not for every
  // connection.
  curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  // OnBody is to see the head's lines before libcurl keeps them. A proxy's own head would come in between.
  curl_easy_setopt(curl, CURLOPT_HEADER, proxy.empty() ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SHARE, share);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN,
                   static_cast<long>(absl::ToInt64Seconds(limits::kIdleConnection)));
  return handle;
}

CurlTransfer::CurlTransfer(CurlHandle handle, HttpRequest request, Done done, size_t max_body_bytes,
                           FirstByteDeadlines* deadlines, const EgressGuard* egress)
    : handle_(std::move(handle)),
      request_(std::move(request)),
      done_(std::move(done)),
      max_body_bytes_(max_body_bytes),
      headers_(HeaderList(request_.headers)),
      deadlines_(deadlines),
      egress_(egress) {
  CURL* curl = handle_.get();
  const long timeout = RoundUpToMilliseconds(request_.timeout);
  curl_easy_setopt(curl, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  // The size first: libcurl must not look for the end of a body that has a NUL.
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request_.body->data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 0L);
  curl_easy_setopt(
      curl, CURLOPT_CONNECTTIMEOUT_MS,
      std::min(timeout, RoundUpToMilliseconds(std::min(request_.connect_timeout, request_.timeout))));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail_.data());
  SetBlob(curl, CURLOPT_CAINFO_BLOB, request_.tls_ca);
  SetBlob(curl, CURLOPT_SSLCERT_BLOB, request_.tls_certificate_chain);
  SetBlob(curl, CURLOPT_SSLKEY_BLOB, request_.tls_private_key);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::OnOpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, &CurlTransfer::OnSending);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

HttpResult CurlTransfer::Finish(CURLcode code) {
  CURL* curl = handle_.get();
  const bool waits_for_first_byte = deadline_.has_value();
  ForgetDeadline();
  HttpResult result;
  result.status = static_cast<int>(Number(curl, CURLINFO_RESPONSE_CODE));
  SetDurations(curl, kept_lookup_, result);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  // A date may be in the past, and a number larger than any pause.
  result.retry_after = absl::Seconds(std::clamp<curl_off_t>(retry_after, 0, kMaxRetryAfterSeconds));
  result.headers = std::move(kept_headers_);
  result.body = std::move(body_);
  result.body_truncated = body_bytes_ > max_body_bytes_;
  // An end after nothing but interim answers (RFC 9110, 15.2) is none to libcurl; and after "HTTP/22003" it
  // reads four digits where there are three.
  const bool interim = IsInterim(result.status);
  const bool nonsense = result.status > 999 || starts_with_fold_;
  if (code == CURLE_OK && interim) code = CURLE_GOT_NOTHING;
  if (nonsense) code = CURLE_WEIRD_SERVER_REPLY;
  // Without an egress guard it goes by a proxy, and OnBody sees no heads.
  const bool plain = request_.tls_ca.empty() && request_.tls_certificate_chain.empty() &&
                     request_.tls_private_key.empty() && egress_ != nullptr;
  reusable_ = plain && code == CURLE_OK && Number(curl, CURLINFO_NUM_CONNECTS) == 0;
  if (!nonsense && (code == CURLE_OK || body_ended_by_us_)) return result;

  if (interim || nonsense) {
    result.status = 0;
    result.first_byte = absl::ZeroDuration();  // libcurl counts the bytes of HTTP/2's own frames
    result.headers.clear();
  }
  CurlFailure failure;
  failure.code = code;
  failure.os_error = static_cast<int>(Number(curl, CURLINFO_OS_ERRNO));
  failure.verify_result = Number(curl, CURLINFO_SSL_VERIFYRESULT);
  failure.detail = detail_.data();
  failure.not_allowed = refused_ && !opened_;
  failure.connected = Time(curl, CURLINFO_PRETRANSFER_TIME_T) > absl::ZeroDuration();
  failure.answer_began = result.status != 0;
  failure.headers_too_long = headers_too_long_;
  // Which of the limits it was.
  failure.timeout = request_.timeout;
  if (!failure.connected) failure.timeout = std::min(failure.timeout, request_.connect_timeout);
  if (failure.connected && !failure.answer_began && waits_for_first_byte) {
    failure.timeout = request_.first_byte_timeout;
  }
  result.error = DescribeCurlFailure(failure);
  result.failure = KindOf(failure);
  return result;
}

CurlHandle CurlTransfer::TakeHandle() {
  if (!reusable_) return nullptr;
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, nullptr);
  return std::move(handle_);
}

curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (transfer->egress_ != nullptr && !transfer->egress_->Allows(&address->addr)) {
    transfer->refused_ = true;
    return CURL_SOCKET_BAD;
  }
  transfer->opened_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlTransfer::OnSending(void* self, char*, char*, int, int) {
  // When a kept connection ends without an answer, libcurl sends the request again; on another kept one it
  // would do so up to five times, to an endpoint that may have taken it each time. A fresh one ends that.
  auto* transfer = static_cast<CurlTransfer*>(self);
  curl_easy_setopt(transfer->handle(), CURLOPT_FRESH_CONNECT, 1L);
  if (UsesKeptConnection(transfer->handle()))
    transfer->kept_lookup_ = Time(transfer->handle(), CURLINFO_NAMELOOKUP_TIME_T);
  // Where the whole has less time anyway, libcurl sees to it.
  if (transfer->request_.first_byte_timeout < transfer->request_.timeout) {
    transfer->ForgetDeadline();
    transfer->deadline_ =
        std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(transfer->request_.first_byte_timeout);
    transfer->deadlines_->emplace(*transfer->deadline_, transfer->handle());
  }
  return CURL_PREREQFUNC_OK;
}

void CurlTransfer::ForgetDeadline() {
  if (deadline_.has_value()) deadlines_->erase({*deadline_, handle_.get()});
  deadline_.reset();
}

void CurlTransfer::ReadLine(absl::string_view line) {
  if (in_body_) return;  // a trailer
  if (absl::StartsWith(line, "\r") || absl::StartsWith(line, "\n")) {
    in_body_ = !IsInterim(Number(handle(), CURLINFO_RESPONSE_CODE));
    in_headers_ = false;
  } else if (in_headers_) {
    has_header_ = true;
    KeepHeader(line);
  } else {
    // Its status. Of the interim answer before it nothing is wanted.
    in_headers_ = true;
    kept_headers_.clear();
    kept_header_bytes_ = 0;
    headers_kept_ = false;
  }
}

void CurlTransfer::KeepHeader(absl::string_view line) {
  line = absl::StripTrailingAsciiWhitespace(line);
  const size_t colon = line.find(':');
  if (headers_kept_ || colon == absl::string_view::npos) return;
  kept_header_bytes_ += line.size();
  if (kept_header_bytes_ > limits::kMaxRecordedHeaderBytes) {
    headers_kept_ = true;
    return;
  }
  kept_headers_.emplace_back(line.substr(0, colon), absl::StripAsciiWhitespace(line.substr(colon + 1)));
}

bool CurlTransfer::StartsWithFold(absl::string_view line) const {
  return !has_header_ && (absl::StartsWith(line, " ") || absl::StartsWith(line, "\t"));
}

size_t CurlTransfer::OnHeader(const char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  transfer->ForgetDeadline();
  transfer->ReadLine({data, size * count});
  transfer->header_bytes_ += size * count;
  if (transfer->header_bytes_ <= limits::kMaxResponseHeaderBytes) return size * count;
  transfer->headers_too_long_ = true;
  return 0;
}

size_t CurlTransfer::OnBody(const char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const size_t bytes = size * count;
  if (!transfer->in_body_) {
    transfer->starts_with_fold_ = transfer->StartsWithFold({data, bytes});
    return transfer->starts_with_fold_ ? 0 : bytes;
  }
  transfer->body_bytes_ += bytes;
  transfer->body_.append(data, std::min(bytes, transfer->max_body_bytes_ - transfer->body_.size()));
  // A body a little longer is read to its end, so that the connection can be kept. Past that it is not worth
  // it.
  if (transfer->body_bytes_ <= transfer->max_body_bytes_ + limits::kMaxDroppedResponseBodyBytes) return bytes;
  transfer->body_ended_by_us_ = true;
  return 0;
}

}  // namespace hookd
