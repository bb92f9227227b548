#include "player/viewer_input.h"

#include <SDL.h>

#include <algorithm>
#include <array>

namespace rung::player {

namespace {

constexpr double volume_step = 5;

using enum ViewerAction;
using enum KeyBinding::By;

constexpr auto bindings = std::to_array<KeyBinding>({
    {SDLK_SPACE, press, false, {pause}, "space", "pause or go on"},
    {SDLK_p, press, false, {pause}, "p", ""},
    {SDLK_k, press, false, {pause}, "k", ""},
    {SDLK_LEFT, press, true, {seek_by, -5}, "left", "5 s back or forward"},
    {SDLK_RIGHT, press, true, {seek_by, 5}, "right", ""},
    {SDLK_j, press, true, {seek_by, -10}, "j", "10 s back or forward"},
    {SDLK_l, press, true, {seek_by, 10}, "l", ""},
    {SDLK_DOWN, press, true, {seek_by, -60}, "down", "1 min back or forward"},
    {SDLK_UP, press, true, {seek_by, 60}, "up", ""},
    {SDLK_9, press, true, {volume_by, -volume_step}, "9", "softer or louder; also the wheel"},
    {SDLK_0, press, true, {volume_by, volume_step}, "0", ""},
    {SDLK_m, press, false, {mute}, "m", "sound off or on"},
    {SDLK_f, press, false, {full_screen}, "f", "full screen; also a double click"},
    {SDLK_i, press, false, {statistics}, "i", "statistics"},
    {SDLK_i, shifted_press, false, {next_statistics}, "I", "their next page"},
    {SDLK_c, press, false, {copy_statistics}, "c", "copy the statistics as JSON"},
    {'?', character, false, {help}, "?", "these keys"},
    {SDLK_F1, press, false, {help}, "F1", ""},
    {SDLK_ESCAPE, press, false, {leave}, "esc", "leave the full screen, else the player"},
    {SDLK_q, press, false, {quit}, "q", "leave"},
});

}  // namespace

std::span<const KeyBinding> key_bindings() { return bindings; }

std::vector<HelpLine> help_lines() {
  std::vector<HelpLine> lines;
  for (const KeyBinding& binding : bindings) {
    if (binding.meaning.empty())
      lines.back().keys += std::string(" ") += binding.label;
    else
      lines.push_back({std::string(binding.label), binding.meaning});
  }
  return lines;
}

std::optional<ViewerInput> viewer_input(const SDL_Event& event) {
  switch (event.type) {
    case SDL_QUIT:
      return ViewerInput{quit};
    case SDL_KEYDOWN: {
      const SDL_Keysym& pressed = event.key.keysym;
      if ((pressed.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) != 0) return std::nullopt;
      const bool shift = (pressed.mod & KMOD_SHIFT) != 0;
      const auto* bound = std::ranges::find_if(bindings, [&](const KeyBinding& binding) {
        return binding.key == pressed.sym && binding.by == (shift ? shifted_press : press);
      });
      if (bound == bindings.end() || (event.key.repeat != 0 && !bound->repeats))
        return std::nullopt;
      return bound->input;
    }
    case SDL_TEXTINPUT: {
      const auto* bound = std::ranges::find_if(bindings, [&](const KeyBinding& binding) {
        return binding.by == character && binding.key == event.text.text[0];
      });
      if (bound == bindings.end() || event.text.text[1] != '\0') return std::nullopt;
      return bound->input;
    }
    case SDL_MOUSEWHEEL: {
      const int away = event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
      if (event.wheel.y == 0) return std::nullopt;
      return ViewerInput{volume_by, volume_step * event.wheel.y * away};
    }
    case SDL_MOUSEBUTTONDOWN:
      if (event.button.button == SDL_BUTTON_LEFT && event.button.clicks == 2)
        return ViewerInput{full_screen};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace rung::player
