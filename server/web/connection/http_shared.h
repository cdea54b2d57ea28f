// What the threads, connections and exchanges of one HTTP server share. It outlives the server as long as a
// handler keeps an exchange. Its parts are thread-safe; the other members are constant.
#ifndef HOOKD_WEB_CONNECTION_HTTP_SHARED_H_
#define HOOKD_WEB_CONNECTION_HTTP_SHARED_H_

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "web/connection/byte_account.h"
#include "web/connection/connection_table.h"
#include "web/connection/http_limits.h"
#include "web/connection/request_count.h"
#include "web/connection/tls_contexts.h"
#include "web/web_exchange.h"

namespace hookd {

struct HttpShared {
  HttpShared(const HttpLimits& the_limits, WebHandler* the_handler, Clock* the_clock,
             std::unique_ptr<TlsContexts> the_tls)
      : limits(the_limits),
        handler(the_handler),
        clock(the_clock),
        tls(std::move(the_tls)),
        connections(limits.connections, limits.connections_per_address, clock),
        bytes(limits.all_bodies_bytes),
        responses(limits.all_responses_bytes),
        requests(limits.requests) {}

  const HttpLimits limits;
  WebHandler* const handler;
  Clock* const clock;
  const std::unique_ptr<TlsContexts> tls;  // null: plaintext

  // One thread that handles requests with large bodies: they take long to read and much memory, and would
  // hold up the other connections of a thread.
  std::unique_ptr<boost::asio::thread_pool> large_requests = std::make_unique<boost::asio::thread_pool>(1);
  ConnectionTable connections;
  ByteAccount bytes;      // of requests
  ByteAccount responses;  // that wait for their callers
  RequestCount requests;
  std::atomic<bool> stopping = false;  // connections end after their request
  std::atomic<int64_t> served = 0;
  std::atomic<int64_t> rejected = 0;
  std::atomic<int64_t> timed_out = 0;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_SHARED_H_
