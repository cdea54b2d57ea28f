# Writes OUTPUT: the files SAMPLES as C++ (see hookd/v1/samples.h).
set(code "#include \"hookd/v1/samples.h\"\n\nnamespace hookd::v1 {\n\nstd::string_view SampleEventJson(std::string_view type) {\n")
foreach(sample IN LISTS SAMPLES)
  get_filename_component(type ${sample} NAME_WE)
  file(READ ${sample} json)
  string(APPEND code "  if (type == \"${type}\") return R\"json(${json})json\";\n")
endforeach()
string(APPEND code "  return {};\n}\n\n}  // namespace hookd::v1\n")
file(WRITE ${OUTPUT} "${code}")
