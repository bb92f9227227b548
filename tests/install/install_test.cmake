# Installs BUILD_DIR into an empty folder of WORK_DIR and uses what came out: the program, its man
# page and completion, and the package of the pure libraries from a project that knows only them.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)

run(${WORK_DIR}/prefix/bin/rung --version)
if(NOT output STREQUAL "rung ${VERSION}\n")
  message(FATAL_ERROR "unexpected version: ${output}")
endif()
foreach(file share/man/man1/rung.1 share/bash-completion/completions/rung)
  if(NOT EXISTS ${WORK_DIR}/prefix/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK_DIR}/consumer
    -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/consumer)
run(${WORK_DIR}/consumer/consumer)
message(STATUS "${output}")

# Policies in shared objects, from projects that know only the package: the example in C++, and one
# in C that finds none of Rung's dependencies and is built as its own user would, with no flag of ours.
foreach(project ${CMAKE_CURRENT_LIST_DIR}/c_plugin ${CMAKE_CURRENT_LIST_DIR}/../../examples/policy_plugin)
  get_filename_component(name ${project} NAME)
  run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${project} -B ${WORK_DIR}/${name} -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
      -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS})
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/${name})
endforeach()
set(policies ${WORK_DIR}/c_plugin/always_lowest.so,${WORK_DIR}/policy_plugin/half_buffer.so)
run(${WORK_DIR}/prefix/bin/rung simulate --policy ${policies} --trace
    ${CMAKE_CURRENT_LIST_DIR}/../../traces/synthetic/minute.csv --title
    ${CMAKE_CURRENT_LIST_DIR}/../../examples/ladder.json)
message(STATUS "${output}")
