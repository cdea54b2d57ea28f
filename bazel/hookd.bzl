"""Macros for hookd.BUILD: a source folder is a library, and a test folder is a test."""

VERSION = "0.1.0"

_COPTS = ["-std=c++20"]

def folder(name, root, folder = "", deps = [], exclude = [], defines = [], testonly = False, visibility = None):
    """The sources of one folder and of those in it, included by their path from the root; without `folder`, of the root alone."""
    path = root + "/" + folder + "/**" if folder else root
    native.cc_library(
        name = name,
        srcs = native.glob([path + "/*.cc"], exclude = exclude),
        hdrs = native.glob([path + "/*.h"]),
        copts = _COPTS,
        defines = defines,
        includes = [root],
        testonly = testonly,
        visibility = visibility,
        deps = deps,
    )

def program(name, main, deps, linkopts = []):
    native.cc_binary(
        name = name,
        srcs = [main],
        copts = _COPTS,
        linkopts = linkopts,
        visibility = ["//visibility:public"],
        deps = deps,
    )

def unit_test(folder, deps, data = [], defines = [], exclude = [], headers = []):
    """The sentences of tests/unit/<folder> and the folders in it; `headers` are those of other folders."""
    native.cc_test(
        name = folder + "_test",
        srcs = native.glob(["tests/unit/%s/**/*.cc" % folder, "tests/unit/%s/**/*.h" % folder] + headers, exclude = exclude),
        copts = _COPTS,
        data = data,
        # Tests run in the folder of their own workspace within the runfiles.
        local_defines = defines + ["HOOKD_SOURCE_DIR=\\\"../hookd\\\""],
        shard_count = 4,
        deps = deps + ["@hookd_deps//:gtest"],
    )

# Where the imports lie is told by two of them, so that they may lie anywhere.
_GENERATE = """
imports=
for file in $(locations @hookd_deps//:proto_imports); do
  case $$file in
    */google/api/annotations.proto) imports="$$imports -I $${file%/google/api/annotations.proto}" ;;
    */google/protobuf/descriptor.proto) imports="$$imports -I $${file%/google/protobuf/descriptor.proto}" ;;
  esac
done
for first in $(SRCS); do break; done
root=$${first%%/hookd/v1/*}
plugin=--plugin=protoc-gen-grpc=$(location @hookd_deps//:grpc_cpp_plugin)
for file in $(SRCS); do
  case $$file in *_service.proto) stubs=--grpc_out=$(RULEDIR)/FOLDER ;; *) stubs= ;; esac
  $(location @hookd_deps//:protoc) -I $$root $$imports --cpp_out=$(RULEDIR)/FOLDER $$plugin $$stubs $$file
done
"""

def cc_protos(name, folder, visibility):
    """The API in C++: the messages of every file, and the stubs of those that are named *_service.proto."""
    files = native.glob([folder + "/hookd/v1/*.proto"])
    outs = []
    for file in files:
        base = file[:-len(".proto")]
        outs.append(base + ".pb")
        if base.endswith("_service"):
            outs.append(base + ".grpc.pb")
    native.genrule(
        name = name + "_generated",
        srcs = files,
        outs = [out + end for out in outs for end in [".cc", ".h"]],
        cmd = _GENERATE.replace("FOLDER", folder),
        tools = [
            "@hookd_deps//:grpc_cpp_plugin",
            "@hookd_deps//:proto_imports",
            "@hookd_deps//:protoc",
        ],
    )
    native.cc_library(
        name = name,
        srcs = [out + ".cc" for out in outs],
        hdrs = [out + ".h" for out in outs],
        copts = _COPTS,
        includes = [folder],
        visibility = visibility,
        deps = [
            "@hookd_deps//:googleapis",
            "@hookd_deps//:grpc",
            "@hookd_deps//:protobuf",
        ],
    )

# The descriptors with their comments, and what protos/openapi makes of them.
_OPENAPI = """
imports=
for file in $(locations @hookd_deps//:proto_imports); do
  case $$file in
    */google/api/annotations.proto) imports="$$imports -I $${file%/google/api/annotations.proto}" ;;
    */google/protobuf/descriptor.proto) imports="$$imports -I $${file%/google/protobuf/descriptor.proto}" ;;
  esac
done
for first in $(SRCS); do break; done
$(location @hookd_deps//:protoc) -I $${first%%/hookd/v1/*} $$imports --include_imports --include_source_info \
  --descriptor_set_out=$(RULEDIR)/FOLDER/hookd.binpb $(SRCS)
$(location NAME_generator) $(RULEDIR)/FOLDER/hookd.binpb VERSION $(RULEDIR)/FOLDER/openapi
"""

def openapi(name, folder, deps):
    """The API as OpenAPI, within the program."""
    files = native.glob([folder + "/hookd/v1/*.proto"])
    native.cc_binary(
        name = name + "_generator",
        srcs = native.glob([folder + "/openapi/*.cc", folder + "/openapi/*.h"]),
        copts = _COPTS,
        includes = [folder],
        deps = deps,
    )
    native.genrule(
        name = name + "_generated",
        srcs = files,
        outs = [folder + "/hookd.binpb", folder + "/openapi/openapi.json", folder + "/openapi/openapi_document.cc"],
        cmd = _OPENAPI.replace("FOLDER", folder).replace("NAME", name).replace("VERSION", VERSION),
        tools = [
            name + "_generator",
            "@hookd_deps//:proto_imports",
            "@hookd_deps//:protoc",
        ],
    )
    native.cc_library(
        name = name,
        srcs = [folder + "/openapi/openapi_document.cc"],
        hdrs = [folder + "/openapi/openapi_document.h"],
        copts = _COPTS,
        includes = [folder],
        deps = ["@hookd_deps//:absl"],
    )

# As server/web/console/CMakeLists.txt does.
_EMBED_CONSOLE = """
for first in $(SRCS); do break; done
$(location NAME_embed) $@ $${first%%/FOLDER/*}/FOLDER $(SRCS)
"""

def console_files(name, folder, deps):
    """What a browser loads of the web console, within the program."""
    native.cc_binary(
        name = name + "_embed",
        srcs = ["server/web/console/embed/embed.cc"],
        copts = _COPTS,
        deps = [name + "_scripts", "@hookd_deps//:zlib"],
    )
    native.cc_library(
        name = name + "_scripts",
        srcs = ["server/web/console/embed/javascript.cc"],
        hdrs = ["server/web/console/embed/javascript.h"],
        copts = _COPTS,
        includes = ["server"],
    )
    native.genrule(
        name = name + "_embedded",
        srcs = native.glob(
            [folder + "/**/*" + ending for ending in [".html", ".css", ".js", ".svg"]],
            exclude = [folder + "/tests/**", folder + "/node_modules/**"],
        ),
        outs = ["server/web/console/console_files.cc"],
        cmd = _EMBED_CONSOLE.replace("FOLDER", folder).replace("NAME", name),
        tools = [name + "_embed"],
    )
    native.cc_library(
        name = name,
        srcs = ["server/web/console/console_files.cc"],
        hdrs = ["server/web/console/console_files.h"],
        copts = _COPTS,
        includes = ["server"],
        deps = deps,
    )

# As protos/embed_samples.cmake does.
_EMBED = """
{
  echo '#include "hookd/v1/samples.h"'
  echo 'namespace hookd::v1 {'
  echo 'std::string_view SampleEventJson(std::string_view type) {'
  for file in $(SRCS); do
    printf '  if (type == "%s") return R"json(' "$$(basename $$file .json)"
    cat $$file
    echo ')json";'
  done
  echo '  return {};'
  echo '}'
  echo '}  // namespace hookd::v1'
} > $@
"""

# As protos/embed_service_config.cmake does.
_EMBED_SERVICE_CONFIG = """
{
  echo '#include "hookd/v1/service_config.h"'
  echo 'namespace hookd::v1 {'
  printf 'std::string_view ServiceConfigJson() { return R"json('
  cat $(SRCS)
  echo ')json"; }'
  echo '}  // namespace hookd::v1'
} > $@
"""

def samples(name, folder, visibility):
    """The documented sample of each event type, and the service config, as JSON within the program."""
    native.genrule(
        name = name + "_service_config",
        srcs = [folder + "/hookd/v1/service_config.json"],
        outs = [folder + "/hookd/v1/service_config.cc"],
        cmd = _EMBED_SERVICE_CONFIG,
    )
    native.genrule(
        name = name + "_embedded",
        srcs = native.glob([folder + "/hookd/v1/samples/*.json"]),
        outs = [folder + "/hookd/v1/samples.cc"],
        cmd = _EMBED,
    )
    native.cc_library(
        name = name,
        srcs = [folder + "/hookd/v1/samples.cc", folder + "/hookd/v1/service_config.cc"],
        hdrs = [folder + "/hookd/v1/samples.h", folder + "/hookd/v1/service_config.h"],
        copts = _COPTS,
        includes = [folder],
        visibility = visibility,
    )
