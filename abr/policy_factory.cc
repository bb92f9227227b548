#include "abr/policy_factory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "abr/estimator_factory.h"
#include "abr/name_error.h"
#include "abr/policies/bba0_policy.h"
#include "abr/policies/bba1_policy.h"
#include "abr/policies/bba2_policy.h"
#include "abr/policies/bba_policy.h"
#include "abr/policies/bola_basic_policy.h"
#include "abr/policies/bola_policy.h"
#include "abr/policies/dash_js_policy.h"
#include "abr/policies/elastic_policy.h"
#include "abr/policies/festive_policy.h"
#include "abr/policies/fixed_policy.h"
#include "abr/policies/hls_js_policy.h"
#include "abr/policies/l2a_policy.h"
#include "abr/policies/lol_plus_policy.h"
#include "abr/policies/media3_policy.h"
#include "abr/policies/panda_policy.h"
#include "abr/policies/puffer_mpc_policy.h"
#include "abr/policies/rate_policy.h"
#include "abr/policies/robust_mpc_policy.h"
#include "abr/policies/shaka_policy.h"
#include "abr/policies/soda_policy.h"
#include "abr/policies/vlc_policy.h"

namespace rung::abr {

namespace {

using Maker = std::unique_ptr<Policy> (*)(const PolicyOptions&);

template <typename Made>
std::unique_ptr<Policy> plain(const PolicyOptions&) {
  return std::make_unique<Made>();
}

template <BolaVariant variant>
std::unique_ptr<Policy> bola(const PolicyOptions&) {
  return std::make_unique<BolaBasicPolicy>(variant);
}

template <MpcVariant variant>
std::unique_ptr<Policy> mpc(const PolicyOptions& options) {
  return std::make_unique<RobustMpcPolicy>(options.qoe, variant);
}

template <bool robust>
std::unique_ptr<Policy> puffer_mpc(const PolicyOptions& options) {
  return std::make_unique<PufferMpcPolicy>(options.qoe, robust);
}

template <VlcLogic logic>
std::unique_ptr<Policy> vlc(const PolicyOptions&) {
  return std::make_unique<VlcPolicy>(logic);
}

struct Entry {
  std::string_view name;
  std::string_view estimator;  ///< What goes with it.
  Maker make;
};

constexpr auto table = std::to_array<Entry>({
    {"fixed", default_estimator,
     [](const PolicyOptions&) -> std::unique_ptr<Policy> {
       return std::make_unique<FixedPolicy>(RepresentationIndex{0});
     }},
    {"rate", default_estimator, plain<RatePolicy>},
    {"bba", default_estimator, plain<BbaPolicy>},
    {"bba-0", default_estimator, plain<Bba0Policy>},
    {"bba-1", default_estimator, plain<Bba1Policy>},
    {"bba-2", default_estimator, plain<Bba2Policy>},
    {"bola-basic", default_estimator, bola<BolaVariant::basic>},
    {"bola-finite", default_estimator, bola<BolaVariant::finite>},
    {"bola-o", default_estimator, bola<BolaVariant::oscillation>},
    {"bola-u", default_estimator, bola<BolaVariant::utility>},
    // Its forecast mostly holds rises back, which a cautious one does for too long.
    {"bola-e", "kalman", plain<BolaPolicy>},
    {"festive", default_estimator,
     [](const PolicyOptions& options) -> std::unique_ptr<Policy> {
       return std::make_unique<FestivePolicy>(options.seed);
     }},
    {"panda", default_estimator, plain<PandaPolicy>},
    {"elastic", default_estimator, plain<ElasticPolicy>},
    {"mpc", default_estimator, mpc<MpcVariant::plain>},
    {"fast-mpc", default_estimator, mpc<MpcVariant::fast>},
    {"robust-mpc", default_estimator, mpc<MpcVariant::robust>},
    {"puffer-mpc", "harmonic", puffer_mpc<false>},
    {"puffer-robust-mpc", "harmonic", puffer_mpc<true>},
    {"dash-js", "ewma", plain<DashJsPolicy>},
    {"l2a", "ewma", plain<L2aPolicy>},
    {"lol-plus", "ewma", plain<LolPlusPolicy>},
    {"soda", default_estimator, plain<SodaPolicy>},
    {"hls-js", "ewma-hls-js", plain<HlsJsPolicy>},
    {"shaka", "ewma-shaka", plain<ShakaPolicy>},
    {"media3", "sliding-percentile", plain<Media3Policy>},
    {"vlc-rate", "mean", vlc<VlcLogic::rate>},
    {"vlc-predictive", "mean", vlc<VlcLogic::predictive>},
    {"vlc-near-optimal", "mean", vlc<VlcLogic::near_optimal>},
});

constexpr auto names = [] {
  std::array<std::string_view, table.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = table[i].name;
  return all;
}();

const Entry* find(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Entry::name);
  return found == table.end() ? nullptr : &*found;
}

Expected<std::unique_ptr<Policy>> make_fixed(std::string_view parameter) {
  constexpr RepresentationIndex highest = std::numeric_limits<RepresentationIndex>::max();
  if (parameter == "highest" || parameter == "last") return std::make_unique<FixedPolicy>(highest);
  if (parameter == "lowest") return std::make_unique<FixedPolicy>(RepresentationIndex{0});
  RepresentationIndex representation = 0;
  const char* const end = parameter.data() + parameter.size();
  const auto [stop, error] = std::from_chars(parameter.data(), end, representation);
  if (error == std::errc{} && stop == end) return std::make_unique<FixedPolicy>(representation);
  return failure(ErrorCode::invalid_argument,
                 "policy fixed takes a representation, lowest, highest or last, not '" +
                     std::string(parameter.substr(0, 64)) + "'");
}

bool plannable(double penalty) { return std::isfinite(penalty) && penalty >= 0; }

}  // namespace

std::span<const std::string_view> policy_names() { return names; }

Expected<std::unique_ptr<Policy>> make_policy(std::string_view name, const PolicyOptions& options) {
  if (!plannable(options.qoe.switch_penalty) || !plannable(options.qoe.rebuffer_penalty))
    return failure(ErrorCode::invalid_argument, "QoE penalties must be finite and not negative");
  constexpr std::string_view fixed_with_parameter = "fixed:";
  if (name.starts_with(fixed_with_parameter))
    return make_fixed(name.substr(fixed_with_parameter.size()));
  if (const Entry* const entry = find(name)) return entry->make(options);
  return tl::unexpected(name_error("policy", name, names));
}

std::string_view default_estimator_of(std::string_view policy) {
  const Entry* const entry = find(policy);
  return entry == nullptr ? default_estimator : entry->estimator;
}

}  // namespace rung::abr
