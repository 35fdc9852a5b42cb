// The map of PlaceInput. The words and the coordinates beside it do the same
// without a map; arrow keys move it, Enter marks its middle.

const script = document.querySelector("script[data-maplibre]");
const maplibre = await import(script.dataset.maplibre);
maplibre.setWorkerUrl(new URL(script.dataset.worker, location.href).href);

// words are the map's own, where the page has them in another language.
const words = (said) => Object.fromEntries(Object.entries({
  "Map.Title": said.sayMap,
  "NavigationControl.ZoomIn": said.sayIn,
  "NavigationControl.ZoomOut": said.sayOut,
  "CooperativeGesturesHandler.MobileHelpText": said.sayTouch,
  "AttributionControl.ToggleAttribution": said.sayWhose,
}).filter(([, word]) => word));

function start(box) {
  if (box._map) return;
  const place = box.closest("[data-place]");
  const field = (part) => place.querySelector(`[name="${CSS.escape(place.dataset.place + "-" + part)}"]`);
  const chosen = field("lat").value !== "" && field("lng").value !== "";
  const centre = chosen ? [Number(field("lng").value), Number(field("lat").value)] : [Number(box.dataset.lng), Number(box.dataset.lat)];
  let map;
  try {
    map = new maplibre.Map({
      container: box,
      style: box.dataset.map,
      center: centre,
      zoom: Number(box.dataset.zoom) || 12,
      attributionControl: { compact: true },
      locale: words(place.dataset),
      dragRotate: false,
      pitchWithRotate: false,
      cooperativeGestures: matchMedia("(pointer: coarse)").matches,
    });
  } catch {
    box.hidden = true; // no WebGL: words and coordinates remain
    return;
  }
  box._map = map;
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  let marker = null;
  const mark = (at) => {
    marker ??= new maplibre.Marker({ color: "#9a3b1e" });
    marker.setLngLat(at).addTo(map);
  };
  const choose = (at) => {
    mark(at);
    field("lat").value = at.lat.toFixed(6);
    field("lng").value = at.lng.toFixed(6);
    place.querySelector(".m-place-said").textContent = place.dataset.sayMarked ?? "Place marked on the map.";
  };
  if (chosen) mark(centre);
  map.on("click", (event) => choose(event.lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    choose(map.getCenter());
  });
  place.addEventListener("mercat:place", ({ detail }) => {
    mark([detail.lng, detail.lat]);
    map.jumpTo({ center: [detail.lng, detail.lat], zoom: 16 });
  });
}

const startAll = () => document.querySelectorAll("[data-map]").forEach(start);
startAll();
document.addEventListener("htmx:after:swap", startAll);
