// One request on its way through libcurl: what libcurl is told, and what it gives back.
//
// Not thread-safe: belongs to one loop (curl_loop.h).
#ifndef HOOKD_HTTP_CURL_TRANSFER_H_
#define HOOKD_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "http/http_client.h"

namespace hookd {

struct CurlHandleCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

struct CurlShareCleanup {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using CurlShare = std::unique_ptr<CURLSH, CurlShareCleanup>;

// What is the same for all requests of a loop. All of it must outlive the handles.
struct CurlSettings {
  std::string ca_file;  // as in CurlClient::Options
  std::string proxy;
  bool http2 = false;
  CURLSH* share = nullptr;              // has the TLS sessions
  curl_slist* proxy_address = nullptr;  // for CURLOPT_RESOLVE: libcurl looks no name up
  // How long a connection by the proxy is kept unused, and used.
  long idle_seconds = 0, lifetime_seconds = 0;
};

// A handle with every option that is the same for all requests. Null if memory ran out.
CurlHandle MakeCurlHandle(const CurlSettings& settings);
// A handle that sends nothing, and has libcurl close a connection that has ended: SetClosing says which.
// libcurl closes one when a request looks for it, and otherwise looks through all that it keeps once a
// second, from the beginning after each that it finds: as many system calls as there are connections, times
// those that have ended (prune_dead_connections in its url.c). Null if memory ran out.
CurlHandle MakeClosingHandle();
void SetClosing(CURL* handle, curl_slist* label, int port);

class CurlTransfer {
 public:
  // Who is told how far the request is. Called from within libcurl.
  class Observer {
   public:
    virtual ~Observer() = default;
    // The connection stands, TLS included, and the request is being sent by it; perhaps for a second time.
    virtual void OnSending() = 0;
    // The first line of an answer came.
    virtual void OnAnswer() = 0;
    // So many bytes of its head or body came.
    virtual void OnBytes(size_t bytes) = 0;
  };

  // Sets the handle up for the request, which must outlive it as the observer must: one of MakeCurlHandle's,
  // or of TakeHandle's.
  CurlTransfer(CurlHandle handle, const HttpRequest* request, size_t max_body_bytes, bool by_proxy,
               Observer* observer);
  // libcurl holds pointers into it.
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return handle_.get(); }

  // By which connection it goes: one that libcurl has, found by its label (connection_pool.h), or a new one
  // on `socket`, which is connected. Without a socket libcurl opens none: it ends, and WantsSocket says so.
  // Before each time it is given to libcurl. By a proxy there is no label. `ended`: libcurl has one of that
  // label which has ended, and is to close it.
  void UseConnection(curl_slist* label, int socket, bool ended);
  bool WantsSocket() const { return wants_socket_; }
  // The socket, if libcurl did not take it.
  int TakeSocket() { return std::exchange(socket_, -1); }

  // The handle, for another request, once Finish told the end and it is taken away from libcurl; null if it
  // is not to be used again. A new one for every request costs a delivery 3 % of its CPU, but libcurl 7.88
  // forgets to forget: so it is used again only after a request that nothing went wrong with, on a kept
  // connection, with no certificates of its own, and by no proxy (StartsWithFold).
  CurlHandle TakeHandle();

  // What came of it, once libcurl is done with it, or it is taken away from it: CURLE_OPERATION_TIMEDOUT, if
  // one of its times was over, which was so long. Of the durations it knows `tls` and `first_byte`. That a
  // proxy did not pass the request on is hookd's fault, unless the proxy works for others and says that it
  // cannot reach the endpoint.
  HttpResult Finish(CURLcode code, absl::Duration timeout, bool proxy_works);

  // Whether it went by HTTP/2; whether the proxy has let it through to the endpoint. After the answer's head.
  bool IsHttp2() const;
  bool PassedProxy(CURLcode code) const;

 private:
  struct HeadersCleanup {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
  };

  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnSending(void* self, char* to, char* from, int to_port, int from_port);
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static size_t OnBody(const char* data, size_t size, size_t count, void* self);

  // The next line of a head: its status, a header, or its empty end; or a trailer.
  void ReadLine(absl::string_view line);
  void KeepHeader(absl::string_view line);
  void ReadRetryAfter(absl::string_view line);
  // Whether the endpoint's certificate has the address of the URL, if that is one. libcurl takes the common
  // name for it where there are no alternative names; it is no place for an address (RFC 9525, 6.5).
  bool CertificateHasAddress() const;
  // Whether the line of the answer's head goes on with a header that is not there. Where the handle is used
  // again libcurl 7.88 would add it to the last one of the answer before, which it has freed
  // (https://github.com/curl/curl/issues/11101).
  bool StartsWithFold(absl::string_view line) const;
  // Why a proxy did not pass the request on, and whose fault that is; nothing if that was not it.
  void JudgeProxy(CURLcode code, bool proxy_works, HttpResult& result) const;

  CurlHandle handle_;
  const HttpRequest& request_;
  const size_t max_body_bytes_;
  const bool by_proxy_;
  Observer* const observer_;
  const std::string address_;   // of an https URL whose host is an IP address; else empty
  bool wrong_address_ = false;  // that is not in the endpoint's certificate
  std::unique_ptr<curl_slist, HeadersCleanup> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_ = {};
  int socket_ = -1;            // for libcurl to take
  bool wants_socket_ = false;  // it asked for one, and there was none
  bool sent_ = false;
  bool answered_ = false;
  size_t header_bytes_ = 0;
  bool in_headers_ = false;        // the status of the answer was read, or of an interim one
  bool has_header_ = false;        // a header of either was
  bool in_body_ = false;           // the answer's head was, to its end
  bool starts_with_fold_ = false;  // it was refused: StartsWithFold
  bool reusable_ = false;          // the handle
  std::vector<std::pair<std::string, std::string>> kept_headers_;  // of the answer, which may be interim
  size_t kept_header_bytes_ = 0;
  bool headers_kept_ = false;  // as many as are kept
  bool headers_too_long_ = false;
  bool retry_after_is_long_ = false;  // a number that libcurl has no room for
  size_t body_bytes_ = 0;
  bool body_ended_by_us_ = false;
  std::string body_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_TRANSFER_H_
