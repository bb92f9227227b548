#include "plugin/policy_abi.h"

// Shared objects that Rung must refuse; ODD_OBJECT says which one this is.

namespace {

#if ODD_OBJECT == 1  // built for another version
constexpr rung_policy_plugin_table table{99, sizeof(rung_policy_plugin_table)};
#elif ODD_OBJECT == 2  // a table too short for its version
constexpr rung_policy_plugin_table table{RUNG_POLICY_ABI_VERSION, 8};
#elif ODD_OBJECT == 3  // a table without functions
constexpr rung_policy_plugin_table table{RUNG_POLICY_ABI_VERSION, sizeof(rung_policy_plugin_table)};
#endif

}  // namespace

#if ODD_OBJECT > 0
RUNG_POLICY_EXPORT const rung_policy_plugin_table* rung_policy_plugin() { return &table; }
#else  // none of the functions
RUNG_POLICY_EXPORT int something_else() { return 0; }
#endif
