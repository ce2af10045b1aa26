/** For nginx's server block: looks beside a pointer for what clients that updated before it moved ask for. */
export const BRIDGE = `    location ~ ^/([^/]+)/([^/]+)/(.*/)?(InRelease|Release|Release\\.gpg)$ { }
    location ~ ^/(?<id>[^/]+)/(?<pointer>[^/.][^/]*)/(?<rest>.+)$ {
      try_files $uri /$id/.$pointer.previous/$rest =404;
    }`;
