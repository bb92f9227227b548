# How every target of Rung is made: C++20, one set of warnings, the source root as include path.

if(CMAKE_CXX_FLAGS MATCHES "-ffast-math|-Ofast")
  message(FATAL_ERROR "Rung promises the same results from every build; -ffast-math and -Ofast break that.")
endif()

add_library(rung_warnings INTERFACE)
target_compile_options(
  rung_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            # GCC 12 sees uninitialised members in every optional of a variant (the sanitizers look for real ones)
            # and overlapping copies in sums of strings (its bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # Designated initialisers name what differs from the default.
            -Wno-missing-field-initializers
            $<$<BOOL:${RUNG_WARNINGS_AS_ERRORS}>:-Werror>)

# rung_use_precompiled(target): its flags are such that it can use a precompiled header that another one made.
function(rung_use_precompiled target)
  # GCC takes a precompiled header only where the same macros are set; the flags of SDL and of fmt set these.
  target_compile_definitions(${target} PRIVATE _REENTRANT FMT_SHARED)
  # With GCC, ccache takes a source that uses a precompiled header only so; and GCC 12 sees its bug 105651, which it
  # hides in system headers, in precompiled ones.
  target_compile_options(
    ${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;-Wno-array-bounds;-Wno-stringop-overflow>)
endfunction()

# rung_quick_to_build(target): for tests, which are compiled more often than they run.
function(rung_quick_to_build target)
  rung_use_precompiled(${target})
  target_compile_options(${target} PRIVATE -O0 -g1)
endfunction()

function(rung_configure target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # Results must not depend on whether the machine has fused multiply-add.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  # GCC clears objects of up to a few hundred bytes with one instruction that takes as long as clearing a page.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(${target} PRIVATE -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign)
  endif()
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:rung_warnings>)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# The headers that nearly every source of the libraries has, parsed once.
if(RUNG_QUICK_BUILD)
  file(CONFIGURE OUTPUT precompiled.cc CONTENT "// The shared headers are compiled with this file.\n")
  add_library(rung_precompiled OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cc)
  rung_configure(rung_precompiled)
  rung_use_precompiled(rung_precompiled)
  set_target_properties(rung_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_precompile_headers(
    rung_precompiled
    PRIVATE
    <algorithm>
    <array>
    <charconv>
    <chrono>
    <cmath>
    <cstdint>
    <functional>
    <limits>
    <map>
    <memory>
    <optional>
    <span>
    <string>
    <string_view>
    <utility>
    <variant>
    <vector>
    <fmt/format.h>
    <tl/expected.hpp>)
endif()

# rung_library(name SOURCES ... HEADERS ...): the static library rung_<name>, alias rung::<name>.
function(rung_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS" ${ARGN})
  add_library(rung_${name} STATIC ${ARG_SOURCES})
  add_library(rung::${name} ALIAS rung_${name})
  target_sources(rung_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(rung_${name} PROPERTIES EXPORT_NAME ${name})
  rung_configure(rung_${name})
  if(RUNG_QUICK_BUILD)
    rung_use_precompiled(rung_${name})
    set_target_properties(rung_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_precompile_headers(rung_${name} REUSE_FROM rung_precompiled)
  endif()
endfunction()

# rung_test(name SOURCES ... LIBRARIES ... [LABELS ...] [TIMEOUT seconds] [FIXTURE name] [SERIAL]): one
# GoogleTest program, each of its tests one CTest test. SERIAL: no other test runs beside them.
function(rung_test name)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT;FIXTURE" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  rung_configure(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gmock_main)
  if(RUNG_QUICK_BUILD)
    target_precompile_headers(${name} REUSE_FROM rung_test_precompiled)
    rung_quick_to_build(${name})
  endif()
  # Where the comparison data lies, if it does; tests that need it skip without it.
  target_compile_definitions(${name} PRIVATE RUNG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # What is empty is left out: it would be lost on the way, and the names behind it taken for values.
  set(properties TIMEOUT ${ARG_TIMEOUT} RUN_SERIAL ${ARG_SERIAL})
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  if(ARG_FIXTURE)
    list(APPEND properties FIXTURES_REQUIRED ${ARG_FIXTURE})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()
