# Has a program take gRPC, Protocol Buffers, Abseil and SQLite from their archives: a call into a shared library goes
# through a table, and each of its accesses to a thread's own data through a function, of which an event makes thousands
# (tests/bench/README.md has the figures). All of them, as one that came from both would be there twice; so only where all
# are, and lld is, which takes what it needs from archives that stand before the objects. What then needs nothing of a
# shared library does not load it. What is exposed to the network most, OpenSSL and libcurl, stays the system's.
function(hookd_link_archives program)
  find_program(LLD ld.lld)
  set(archives "")
  foreach(library grpc++_reflection grpcpp_channelz grpc++ grpc gpr address_sorting upb protobuf sqlite3 absl_base)
    find_library(HOOKD_ARCHIVE_${library} lib${library}.a)
    mark_as_advanced(HOOKD_ARCHIVE_${library})
    if(NOT LLD OR NOT HOOKD_ARCHIVE_${library})
      message(STATUS "${program} is linked with shared libraries: ld.lld or lib${library}.a is missing")
      return()
    endif()
    list(APPEND archives ${HOOKD_ARCHIVE_${library}})
  endforeach()
  get_filename_component(folder ${HOOKD_ARCHIVE_absl_base} DIRECTORY)
  file(GLOB abseil ${folder}/libabsl_*.a)
  target_link_options(${program} PRIVATE -fuse-ld=lld ${archives} ${abseil} LINKER:--as-needed)
endfunction()
