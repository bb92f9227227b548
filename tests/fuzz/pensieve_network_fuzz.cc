#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "abr/pensieve_network.h"
#include "core/check.h"
#include "tests/support/pensieve_parameters.h"

/// Any bytes as the manifest of a network's parameters; what is accepted gives probabilities.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string parameters = rung::test::PensieveParameters().bytes();
  const std::string_view manifest(reinterpret_cast<const char*>(data), size);
  const auto network = rung::abr::PensieveNetwork::create(manifest, parameters, "network");
  if (!network) return 0;
  double sum = 0;
  for (const double probability : network->probabilities({})) sum += probability;
  RUNG_CHECK(std::abs(sum - 1) < 1e-9);
  return 0;
}
