#version 300 es
precision highp float;
precision highp int;

flat in uvec2 v_ids;
flat in vec4 v_rect;

uniform vec4 u_fills[12];
uniform vec4 u_labels[12];
uniform vec4 u_outline;
uniform float u_ratio;
uniform float u_height; // of the canvas in device px
uniform bool u_modeled;
uniform bool u_outlined;
uniform uint u_hovered;

out vec4 o_color;

void main() {
  uint index = v_ids.y & 255u;
  uint pattern = (v_ids.y >> 8u) & 255u;
  bool dense = (v_ids.y & 65536u) != 0u;
  vec4 fill = u_fills[index];
  vec2 at = vec2(gl_FragCoord.x, u_height - gl_FragCoord.y);
  vec2 from = (at - v_rect.xy) / u_ratio;
  vec2 to = (v_rect.zw - at) / u_ratio;
  vec2 size = (v_rect.zw - v_rect.xy) / u_ratio;
  float edge = min(min(from.x, from.y), min(to.x, to.y));
  bool wide = size.x > 3.0 && size.y > 3.0;
  bool border = wide && edge < 1.0;
  float alpha = fill.a;
  vec3 color = fill.rgb;
  if (pattern == 5u && !dense && wide) {
    // Sync: stripes at 45 degrees with an outline, whatever the colours mean.
    alpha = border || mod(at.x / u_ratio + at.y / u_ratio, 5.0) < 2.2 ? 1.0 : 0.0;
  } else {
    if (u_modeled && !dense) {
      bool dash = mod(at.x / u_ratio + at.y / u_ratio, 5.0) < 3.0;
      alpha *= border && dash ? 1.0 : 0.28;
    } else if (u_modeled) {
      alpha *= 0.5;
    }
    bool mark = false;
    if (wide && !dense && !u_modeled) {
      if (pattern == 1u || pattern == 3u) mark = mark || mod(from.x, 5.0) < 1.2;
      if (pattern == 2u || pattern == 3u) mark = mark || mod(from.y, 5.0) < 1.2;
      if (pattern == 4u) mark = length(mod(from, 5.0) - 2.5) < 1.1;
    }
    if (mark) color = mix(color, u_labels[index].rgb, 0.38);
    if (u_outlined && border && !dense) {
      color = u_outline.rgb;
      alpha = 1.0;
    }
  }
  if (v_ids.x == u_hovered && !dense) color = mix(color, u_labels[index].rgb, 0.14);
  o_color = vec4(color * alpha, alpha);
}
