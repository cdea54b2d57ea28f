find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)

add_library(hookd_dns_server STATIC ${CMAKE_CURRENT_LIST_DIR}/dns_message.cc ${CMAKE_CURRENT_LIST_DIR}/dns_server.cc)
target_include_directories(hookd_dns_server PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_dns_server PUBLIC absl::strings absl::synchronization absl::time
  PRIVATE Threads::Threads hookd_warnings)

add_library(hookd_peers STATIC
  ${CMAKE_CURRENT_LIST_DIR}/black_hole.cc
  ${CMAKE_CURRENT_LIST_DIR}/connect_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/http2_frames.cc
  ${CMAKE_CURRENT_LIST_DIR}/loopback_socket.cc
  ${CMAKE_CURRENT_LIST_DIR}/peer_connection.cc
  ${CMAKE_CURRENT_LIST_DIR}/peer_script.cc
  ${CMAKE_CURRENT_LIST_DIR}/peer_tls.cc
  ${CMAKE_CURRENT_LIST_DIR}/scripted_peer.cc)
target_include_directories(hookd_peers PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_peers PUBLIC absl::strings absl::synchronization absl::time hookd_http_receiver OpenSSL::SSL
  PRIVATE Threads::Threads hookd_warnings)
