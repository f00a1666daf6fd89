-- By rigid truck of 18 t: `hgv` tags go first, limits of height, width, length and weight are kept.
-- Sizes and the 80 km/h are what European rules allow such a vehicle (Directive 96/53/EC).
local car = require('mode_car')
local plain = car.setup

function car.setup()
  local profile = plain()
  profile.vehicle_height = 4.0
  profile.vehicle_width = 2.55
  profile.vehicle_length = 12.0
  profile.vehicle_weight = 18000
  profile.vehicle_max_speed = 80
  -- A truck takes corners and turns around more slowly than a car.
  profile.turn_penalty = 10
  profile.properties.u_turn_penalty = 60
  profile.access_tags_hierarchy = Sequence { 'hgv', 'motor_vehicle', 'vehicle', 'access' }
  profile.restrictions = Sequence { 'hgv', 'motor_vehicle', 'vehicle' }
  profile.access_tag_whitelist['hgv'] = true
  for class, speed in pairs(profile.speeds.highway) do
    profile.speeds.highway[class] = math.min(80, speed * 0.9)
  end
  return profile
end

return car
