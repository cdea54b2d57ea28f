// One request on its way through libcurl: what libcurl is told, and what it gives back.
//
// Not thread-safe: belongs to one loop (curl_loop.h).
#ifndef HOOKD_HTTP_CURL_TRANSFER_H_
#define HOOKD_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "http/http_client.h"

namespace hookd {

struct CurlHandleCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

// A handle with every option that is the same for all requests. `ca_file` as in CurlClient::Options. Null if
// memory ran out.
CurlHandle MakeCurlHandle(const std::string& ca_file);

class CurlTransfer {
 public:
  using Done = std::function<void(HttpResult)>;

  // Sets the handle up for the request. The handle is one of MakeCurlHandle's, and may have been used before.
  CurlTransfer(CurlHandle handle, HttpRequest request, Done done, size_t max_body_bytes);
  // libcurl holds pointers into it.
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  CurlHandle TakeHandle() { return std::move(handle_); }
  Done TakeDone() { return std::move(done_); }

  // What came of it, once libcurl is done with it.
  HttpResult Finish(CURLcode code);

 private:
  struct HeadersCleanup {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
  };

  static int OnSending(void* self, char* to, char* from, int to_port, int from_port);
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static size_t OnBody(const char* data, size_t size, size_t count, void* self);

  CurlHandle handle_;
  const HttpRequest request_;
  Done done_;
  const size_t max_body_bytes_;
  std::unique_ptr<curl_slist, HeadersCleanup> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_ = {};
  size_t header_bytes_ = 0;
  bool headers_too_long_ = false;
  size_t body_bytes_ = 0;
  bool body_ended_by_us_ = false;
  std::string body_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_TRANSFER_H_
