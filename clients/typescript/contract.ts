// Generated from docs/openapi.yaml by generate.ts.

export interface paths {
    "/api/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's devices.
         * @description The hub's list may be some seconds old.
         */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/devices/{registrationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the notifications of one of the caller's devices, such as a lost phone.
         * @description The device is not told. If its app registers again, it gets notifications again.
         */
        delete: operations["removeDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether the app runs and its settings are sound. It sends no requests. */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete what is kept of the caller.
         * @description Deletes the caller's registrations, the items, and what is the caller's on the poison queue. It is safe to repeat,
         *     and an app repeats it while the answer is 202. What waits to be announced to the caller is dropped. A device that
         *     registers meanwhile is not registered.
         */
        delete: operations["forgetMe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message, as a trusted backend.
         * @description The message is stored, and then sent for a day at most: a hub that is down neither fails nor slows the call. With an
         *     `id` of the backend's own it is safe to repeat: the same id and content answer like the first time, and notify no
         *     device twice. In Azure it needs a function key.
         */
        post: operations["sendNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look what became of a message, as a trusted backend.
         * @description In Azure it needs a function key.
         */
        get: operations["getNotification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/{id}/opened": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count that the message was opened.
         * @description An app calls it when its user taps the notification, with the `notificationId` of its data. It counts roughly, without
         *     noting who, and is 204 for any id.
         */
        post: operations["notificationOpened"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/register_notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register this device.
         * @description The device has one registration afterwards, with the newest handle, and belongs to the caller. It is safe to
         *     repeat. An app registers at every sign-in, at every start, when its handle changes, and when the wish for topics
         *     changes.
         */
        post: operations["registerNotifications"];
        /**
         * Unregister this device.
         * @description Removes the caller's registrations of this installation, and nothing else. An app does it when its user signs out,
         *     while the token is still valid. It is safe to repeat.
         */
        delete: operations["unregisterNotifications"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the topics that devices may subscribe to. */
        get: operations["listTopics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/login/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A provider of App Service Authentication, such as `facebook`. `windowsazureactivedirectory` is `aad`.
                 * @example facebook
                 */
                provider: string;
            };
            cookie?: never;
        };
        /** Lead a browser to the platform's sign-in, which ends at /login/done. */
        get: operations["beginSignIn"];
        put?: never;
        /** Exchange a provider's own token for the platform's. */
        post: operations["exchangeSignIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/login/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page where a browser's sign-in ends. The token, or the reason why there is none, is in its fragment. */
        get: operations["endSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tables/TodoItem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's items, in pages.
         * @description A page has at most 100 items, or as many as `$top` asks for, up to 1,000. If there may be more, `Link` has the address of the next page. A client that follows the links sees every item exactly once, unless items change meanwhile.
         */
        get: operations["listTodoItems"];
        put?: never;
        /**
         * Insert an item, and notify its owner's devices as the table says.
         * @description With an `id` of the client's own it is safe to repeat: the same id and content answer like the first time and notify no device twice.
         */
        post: operations["insertTodoItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tables/TodoItem/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The item's id.
                 * @example example
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        /** Get one of the caller's items. */
        get: operations["getTodoItem"];
        put?: never;
        post?: never;
        /** Delete one of the caller's items. */
        delete: operations["deleteTodoItem"];
        options?: never;
        head?: never;
        /**
         * Change one of the caller's items.
         * @description The members that the body does not name keep what they are.
         */
        patch: operations["updateTodoItem"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptedMessage: {
            /** Format: date-time */
            createdAt: string;
            id: components["schemas"]["ItemId"];
        };
        AndroidDevice: {
            /** @enum {unknown} */
            platform: "fcmv1" | "android";
            registrationToken: string;
            topics?: components["schemas"]["TopicWish"];
        };
        AppleDevice: {
            /** @description The device token in hex. */
            deviceToken: string;
            /** @enum {unknown} */
            platform: "apns" | "ios";
            topics?: components["schemas"]["TopicWish"];
        };
        /** @description Exactly one of a person, the subscribers of a declared topic, and everyone. */
        Audience: {
            /** @description A user's id, `<provider>:<subject>`, such as `facebook:123`. */
            user: string;
        } | {
            topic: components["schemas"]["Topic"];
        } | {
            /** @constant */
            everyone: true;
        };
        CountedTodoItem: {
            /** @description The number of all items that pass the filter. */
            count: number;
            /** @description The address of the next page, as in `Link`, if there may be one. */
            nextLink?: string;
            results: components["schemas"]["SelectedTodoItem"][];
        };
        /** @description A platform, the handle that the platform gave to this device, and the topics that it wants. */
        Device: components["schemas"]["WindowsDevice"] | components["schemas"]["AppleDevice"] | components["schemas"]["AndroidDevice"];
        Devices: {
            devices: components["schemas"]["RegisteredDevice"][];
        };
        /** @description A problem with the input. `errors` names every fault. */
        InputProblem: components["schemas"]["Problem"] & {
            /** @description Every fault of the input. */
            errors?: {
                detail: string;
                /** @description A JSON pointer into the body (`#/text`, `#` for the whole), `/headers/NAME`, `/query/NAME` or `/path/NAME`. */
                pointer: string;
            }[];
        };
        ItemId: string;
        Message: {
            /** Format: date-time */
            createdAt: string;
            /** @description For how many devices each platform took it, as far as the hub's Standard tier tells by now. */
            devices?: {
                apns?: number;
                fcmv1?: number;
                wns?: number;
            };
            /**
             * Format: date-time
             * @description When it was done or given up.
             */
            finishedAt?: string;
            id: components["schemas"]["ItemId"];
            /** @description The notifications' ids in the hub, by platform. Only the hub's Standard tier gives any. */
            notificationIds?: {
                apns?: string;
                fcmv1?: string;
                wns?: string;
            };
            /** @description How often apps said that it was opened, roughly. */
            opened?: number;
            /** @description Why it was given up, as a sentence for people. */
            reason?: string;
            /**
             * @description `accepted`: it is being sent, for a day at most. `done`: the hub accepted it for every platform. `givenUp`: for
             *     some platform it was not sent, and will not be.
             * @enum {unknown}
             */
            state: "accepted" | "done" | "givenUp";
        };
        NewMessage: {
            /** @description The number on the app's icon. 0 removes it, but not on Android. */
            badge?: number;
            /** @description The name of actions that the app has declared. */
            category?: string;
            /**
             * @description What the app gets with the notification, at most 1,024 characters in the form of a URL's query. Names that a
             *     platform reserves (`aps`, `to`, `from`, `message_type`, `collapse_key`, `notification`, and what begins with
             *     `google` or `gcm`) and those beside which data stands (`link`, `image`, `group`, `category`, `fcm_options`,
             *     `notificationId`) are refused. The app gets the message's id as `notificationId`, too.
             */
            data?: {
                [key: string]: string;
            };
            /** @description How long a platform keeps it for a device that is away, from now. With 0 it is tried once. */
            expiresInSeconds?: number;
            /** @description A device shows together what has the same. */
            group?: string;
            id?: components["schemas"]["ItemId"];
            /** @description The https address of an image. It is never fetched by the app. */
            image?: string;
            /** @description Where a tap leads, an https address or one with the app's own scheme. The app opens it. */
            link?: string;
            /**
             * @description What single platforms get besides: a JSON Merge Patch (RFC 7396) of the payload, and for Windows a toast in its
             *     place. It sets no `token`, `topic` or `condition`, and no headers.
             */
            platforms?: {
                apns?: Record<string, never>;
                fcmv1?: Record<string, never>;
                wns?: string;
            };
            /** @description A later message with the same key, to the same audience, replaces the earlier one on the device. */
            replaces?: string;
            /**
             * @description It wakes the app and shows nothing. Then it has no title, text, image, badge, sound, group or category, and no
             *     high urgency.
             */
            silent?: boolean;
            /** @description `default`, `none`, or the name of a file in the app. From Android 8 on, the channel decides. */
            sound?: string;
            /** @description 1 to 10,000 UTF-16 units of well-formed Unicode. Required, unless the message is silent. What does not fit into 4 KiB is cut. */
            text?: string;
            /** @description 1 to 200 UTF-16 units of well-formed Unicode. Required, unless the message is silent. */
            title?: string;
            to: components["schemas"]["Audience"];
            /** @enum {unknown} */
            urgency?: "high" | "normal";
        };
        /** @description An item to insert. `createdAt`, `updatedAt`, `version`, `channel`, `deviceToken` have no effect. */
        NewTodoItem: {
            /** @default false */
            complete?: boolean;
            /** @description Without one, or with an empty one, null or 0, the app generates it. */
            id?: components["schemas"]["ItemId"] | ("" | 0 | null);
            text: string;
        };
        /** @description A problem (RFC 9457). A client branches on `type`; the sentences may change. */
        Problem: {
            /** @description A sentence for people. */
            detail: string;
            /** @description The same sentence, for the client libraries of 2013. */
            error: string;
            status: number;
            title: string;
            /** @enum {string} */
            type: "urn:problem-type:notify-users:being-forgotten" | "urn:problem-type:notify-users:body-too-large" | "urn:problem-type:notify-users:device-not-found" | "urn:problem-type:notify-users:filter-too-costly" | "urn:problem-type:notify-users:hub-refuses-app" | "urn:problem-type:notify-users:hub-unavailable" | "urn:problem-type:notify-users:id-taken" | "urn:problem-type:notify-users:internal-error" | "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:invalid-token" | "urn:problem-type:notify-users:item-not-found" | "urn:problem-type:notify-users:keys-unavailable" | "urn:problem-type:notify-users:message-not-found" | "urn:problem-type:notify-users:missing-token" | "urn:problem-type:notify-users:not-json" | "urn:problem-type:notify-users:not-loaded" | "urn:problem-type:notify-users:provider-not-found" | "urn:problem-type:notify-users:registration-refused" | "urn:problem-type:notify-users:sign-in-disabled" | "urn:problem-type:notify-users:sign-in-refused" | "urn:problem-type:notify-users:sign-in-unavailable" | "urn:problem-type:notify-users:storage-refuses-app" | "urn:problem-type:notify-users:storage-unavailable" | "urn:problem-type:notify-users:too-busy" | "urn:problem-type:notify-users:too-many-devices" | "urn:problem-type:notify-users:too-many-items" | "urn:problem-type:notify-users:too-many-messages" | "urn:problem-type:notify-users:too-many-requests" | "urn:problem-type:notify-users:two-tokens" | "urn:problem-type:notify-users:unknown-client";
        };
        RegisteredDevice: {
            /** @enum {unknown} */
            platform: "wns" | "apns" | "fcmv1";
            registrationId: string;
            /** @description Whether it is the installation that asks. */
            thisInstallation: boolean;
            topics: components["schemas"]["Topic"][];
        };
        Registration: {
            /** Format: date-time */
            expirationTime: string;
            installationId: string;
            /**
             * @description As the client wrote it.
             * @enum {unknown}
             */
            platform: "wns" | "win8" | "apns" | "ios" | "fcmv1" | "android";
            /** @description The registration's id in the hub. */
            registrationId: string;
            /** @description The topics that the device subscribes to. */
            topics: components["schemas"]["Topic"][];
        };
        /** @description An item, or those of its members that `$select` names. With `__includeDeleted=true`, also what is left of a deleted one. */
        SelectedTodoItem: {
            complete?: boolean;
            /** Format: date-time */
            createdAt?: string;
            /** @description With `__includeDeleted=true`: whether the item is deleted, and then it has but `id`, `updatedAt` and `version`. */
            deleted?: boolean;
            id?: components["schemas"]["ItemId"];
            text?: string;
            /**
             * Format: date-time
             * @description The time of the last write, with seven digits of a second. Of two items of a caller, the one that was written later has the later time.
             */
            updatedAt?: string;
            /** @description Changes with every write. In quotes, it is the entity tag. */
            version?: string;
        } & {
            [key: string]: unknown;
        };
        Session: {
            /** @description The token for `X-ZUMO-AUTH`. */
            authenticationToken: string;
            user: {
                userId: string;
            };
        };
        TodoItem: {
            complete: boolean;
            /** Format: date-time */
            createdAt: string;
            id: components["schemas"]["ItemId"];
            text: string;
            /**
             * Format: date-time
             * @description The time of the last write, with seven digits of a second. Of two items of a caller, the one that was written later has the later time.
             */
            updatedAt: string;
            /** @description Changes with every write. In quotes, it is the entity tag. */
            version: string;
        };
        /** @description The members to change. Others that a client echoes back have no effect. */
        TodoItemChanges: {
            complete?: boolean;
            text?: string;
        };
        Topic: string;
        Topics: {
            topics: components["schemas"]["Topic"][];
        };
        /**
         * @description The topics that the device subscribes to, which the app's settings declare. They are the whole wish: without any, the
         *     device has none afterwards.
         */
        TopicWish: components["schemas"]["Topic"][];
        WindowsDevice: {
            /** @description https, and a host under `.notify.windows.com`. */
            channelUri: string;
            /** @enum {unknown} */
            platform: "wns" | "win8";
            topics?: components["schemas"]["TopicWish"];
        };
    };
    responses: {
        /** @description The body is larger than 64 KiB. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:body-too-large",
                 *       "title": "Payload Too Large",
                 *       "status": 413,
                 *       "detail": "The body is larger than 64 KiB.",
                 *       "error": "The body is larger than 64 KiB."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:body-too-large";
                };
            };
        };
        /** @description The hub refuses the app's credentials, or does not exist. */
        DevicesRefuseApp: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:hub-refuses-app",
                 *       "title": "Bad Gateway",
                 *       "status": 502,
                 *       "detail": "Your devices are unreachable for now.",
                 *       "error": "Your devices are unreachable for now."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-refuses-app";
                };
            };
        };
        /** @description A header or the path is malformed, there are two tokens, or the hub refuses the request. */
        DevicesRefused: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:invalid-request",
                 *       "title": "Bad Request",
                 *       "status": 400,
                 *       "detail": "X-ZUMO-INSTALLATION-ID must be 1 to 128 letters, digits and -_.: but not only dots.",
                 *       "error": "X-ZUMO-INSTALLATION-ID must be 1 to 128 letters, digits and -_.: but not only dots.",
                 *       "errors": [
                 *         {
                 *           "pointer": "/headers/X-ZUMO-INSTALLATION-ID",
                 *           "detail": "X-ZUMO-INSTALLATION-ID must be 1 to 128 letters, digits and -_.: but not only dots."
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["InputProblem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:registration-refused" | "urn:problem-type:notify-users:two-tokens";
                };
            };
        };
        /** @description The hub or the issuer's keys are unreachable, or answer what can't be read. */
        DevicesUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:hub-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "Your devices are unreachable for now.",
                 *       "error": "Your devices are unreachable for now."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-unavailable" | "urn:problem-type:notify-users:keys-unavailable";
                };
            };
        };
        /**
         * @description An answer of the host in front of the functions, without a body. 400: the request is not valid HTTP. 401: the
         *     function key is missing, in Azure. 404: there is no such route or method, or the app is not loaded. 414: the
         *     request line has more than 8,192 bytes. 429: the host runs all the requests that it can; it sends no
         *     `Retry-After`. 431: more than 100 headers, or 32 KiB of them. 500: the body has more than 1 MiB, or the process
         *     that ran the function has ended. 502, 503, 504: the platform has no host for the request.
         */
        HostAnswer: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The hub or storage refuses the app's credentials. */
        HubOrStorageRefusesApp: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:hub-refuses-app",
                 *       "title": "Bad Gateway",
                 *       "status": 502,
                 *       "detail": "Your devices are unreachable for now.",
                 *       "error": "Your devices are unreachable for now."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-refuses-app" | "urn:problem-type:notify-users:storage-refuses-app";
                };
            };
        };
        /** @description The hub, storage or the issuer's keys are unreachable, or answer what can't be read. */
        HubOrStorageUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:storage-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "Your items are unreachable for now. Try again soon.",
                 *       "error": "Your items are unreachable for now. Try again soon."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-unavailable" | "urn:problem-type:notify-users:keys-unavailable" | "urn:problem-type:notify-users:storage-unavailable";
                };
            };
        };
        /** @description The hub refuses the app's credentials, or does not exist. */
        HubRefusesApp: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:hub-refuses-app",
                 *       "title": "Bad Gateway",
                 *       "status": 502,
                 *       "detail": "Registration failed!",
                 *       "error": "Registration failed!"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-refuses-app";
                };
            };
        };
        /** @description The hub or the issuer's keys are unreachable, or answer what can't be read. */
        HubUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:hub-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "Registration failed!",
                 *       "error": "Registration failed!"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:hub-unavailable" | "urn:problem-type:notify-users:keys-unavailable";
                };
            };
        };
        /** @description An option of the query is malformed, or the list would read or compare too much. */
        InvalidList: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InputProblem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:filter-too-costly" | "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:too-many-items" | "urn:problem-type:notify-users:two-tokens";
                };
            };
        };
        /** @description The body or the path is malformed, with every fault named. */
        InvalidMessage: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:invalid-request",
                 *       "title": "Bad Request",
                 *       "status": 400,
                 *       "detail": "to.topic must be one of world, politics, sports.",
                 *       "error": "to.topic must be one of world, politics, sports.",
                 *       "errors": [
                 *         {
                 *           "pointer": "#/to/topic",
                 *           "detail": "to.topic must be one of world, politics, sports."
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["InputProblem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:invalid-request";
                };
            };
        };
        /** @description The body, a header or the path is malformed, with every fault named, or there are two tokens. */
        InvalidRequest: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:invalid-request",
                 *       "title": "Bad Request",
                 *       "status": 400,
                 *       "detail": "text must be 1 to 10,000 UTF-16 units long.",
                 *       "error": "text must be 1 to 10,000 UTF-16 units long.",
                 *       "errors": [
                 *         {
                 *           "pointer": "#/text",
                 *           "detail": "text must be 1 to 10,000 UTF-16 units long."
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["InputProblem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:two-tokens";
                };
            };
        };
        /** @description Storage or the issuer's keys are unreachable, or too many lists are being computed. */
        ListUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:too-busy",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "Too many lists are being computed. Try again soon.",
                 *       "error": "Too many lists are being computed. Try again soon."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:keys-unavailable" | "urn:problem-type:notify-users:storage-unavailable" | "urn:problem-type:notify-users:too-busy";
                };
            };
        };
        /** @description Storage refuses the app's credentials. */
        MessagesRefuseApp: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:storage-refuses-app",
                 *       "title": "Bad Gateway",
                 *       "status": 502,
                 *       "detail": "The storage of messages refuses this app.",
                 *       "error": "The storage of messages refuses this app."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:storage-refuses-app";
                };
            };
        };
        /** @description Storage is unreachable, or answers what can't be read. */
        MessagesUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:storage-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "The messages are unreachable for now. Try again soon.",
                 *       "error": "The messages are unreachable for now. Try again soon."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:storage-unavailable";
                };
            };
        };
        /** @description The caller has no such item. */
        NoSuchItem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:item-not-found",
                 *       "title": "Not Found",
                 *       "status": 404,
                 *       "detail": "You have no item with this id.",
                 *       "error": "You have no item with this id."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:item-not-found";
                };
            };
        };
        /** @description The caller has no such item. A request with `ZUMO-API-VERSION` gets no body, because the libraries that send it take one for the item. */
        NoSuchItemToChange: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:item-not-found",
                 *       "title": "Not Found",
                 *       "status": 404,
                 *       "detail": "You have no item with this id.",
                 *       "error": "You have no item with this id."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:item-not-found";
                };
            };
        };
        /** @description There is no such provider, or App Service Authentication is off. */
        NoSuchProvider: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:provider-not-found" | "urn:problem-type:notify-users:sign-in-disabled";
                };
            };
        };
        /** @description The body is not announced as JSON. */
        NotJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:not-json",
                 *       "title": "Unsupported Media Type",
                 *       "status": 415,
                 *       "detail": "The body must be JSON, sent with Content-Type: application/json.",
                 *       "error": "The body must be JSON, sent with Content-Type: application/json."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:not-json";
                };
            };
        };
        /** @description A part of the app could not be loaded. It is tried again at the next request. */
        NotLoaded: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:not-loaded",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "A part of the app could not be loaded. The log names it.",
                 *       "error": "A part of the app could not be loaded. The log names it."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:not-loaded";
                };
            };
        };
        /** @description There is no token, or it is not valid. Nothing else was looked at. */
        NotSignedIn: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:missing-token",
                 *       "title": "Unauthorized",
                 *       "status": 401,
                 *       "detail": "The request has no token. Sign in first, and send the token in Authorization: Bearer or X-ZUMO-AUTH.",
                 *       "error": "The request has no token. Sign in first, and send the token in Authorization: Bearer or X-ZUMO-AUTH."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:invalid-token" | "urn:problem-type:notify-users:missing-token";
                };
            };
        };
        /** @description The path is malformed, or there are two tokens. */
        OpenedRefused: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:two-tokens",
                 *       "title": "Bad Request",
                 *       "status": 400,
                 *       "detail": "The request has two different tokens. Send one.",
                 *       "error": "The request has two different tokens. Send one."
                 *     }
                 */
                "application/problem+json": components["schemas"]["InputProblem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:two-tokens";
                };
            };
        };
        /** @description Storage refuses the app's credentials. */
        StorageRefusesApp: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:storage-refuses-app",
                 *       "title": "Bad Gateway",
                 *       "status": 502,
                 *       "detail": "The storage of items refuses this app.",
                 *       "error": "The storage of items refuses this app."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:storage-refuses-app";
                };
            };
        };
        /** @description Storage or the issuer's keys are unreachable, or answer what can't be read. */
        StorageUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:storage-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503,
                 *       "detail": "Your items are unreachable for now. Try again soon.",
                 *       "error": "Your items are unreachable for now. Try again soon."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:keys-unavailable" | "urn:problem-type:notify-users:storage-unavailable";
                };
            };
        };
        /** @description The caller does this too often. */
        TooManyRequests: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:notify-users:too-many-requests",
                 *       "title": "Too Many Requests",
                 *       "status": 429,
                 *       "detail": "You do this too often. Wait before you try again.",
                 *       "error": "You do this too often. Wait before you try again."
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "urn:problem-type:notify-users:too-many-requests";
                };
            };
        };
    };
    parameters: {
        /**
         * @description The item changes only if it has one of these versions; `*` is any.
         * @example "Vy8iZGF0ZXRpbWUn"
         */
        IfMatch: string;
        /**
         * @description The installation of the app, 1 to 128 letters, digits and `-_.:`. The app makes it once and keeps it. It is a secret
         *     of the device.
         * @example my-phone
         */
        InstallationId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The item's version, in quotes.
         * @example "Vy8iZGF0ZXRpbWUn"
         */
        ETag: string;
        /**
         * @description How long to wait before the next try, in seconds.
         * @example 5
         */
        RetryAfter: number;
        /**
         * @description What is wrong with the token (RFC 6750).
         * @example Bearer error="invalid_token", error_description="The token has expired."
         */
        WwwAuthenticate: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listDevices: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The installation that asks, so that the answer says which device it is.
                 * @example my-phone
                 */
                "X-ZUMO-INSTALLATION-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The devices, without their handles and installation ids. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": [
                     *         {
                     *           "registrationId": "5657898789180647921-5191860495090496484-6",
                     *           "platform": "fcmv1",
                     *           "topics": [
                     *             "world"
                     *           ],
                     *           "thisInstallation": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Devices"];
                };
            };
            400: components["responses"]["DevicesRefused"];
            401: components["responses"]["NotSignedIn"];
            502: components["responses"]["DevicesRefuseApp"];
            503: components["responses"]["DevicesUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    removeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The registration's id, from the list of devices.
                 * @example 5657898789180647921-5191860495090496484-6
                 */
                registrationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device has no registration any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["DevicesRefused"];
            401: components["responses"]["NotSignedIn"];
            /** @description The caller has no such device. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:device-not-found",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "You have no device with this registration id.",
                     *       "error": "You have no device with this registration id."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:device-not-found";
                    };
                };
            };
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["DevicesRefuseApp"];
            503: components["responses"]["DevicesUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        status: "ok";
                        /** @description The version in package.json. */
                        version: string;
                    };
                };
            };
            503: components["responses"]["NotLoaded"];
            default: components["responses"]["HostAnswer"];
        };
    };
    forgetMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is more. Repeat the call. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Nothing of the caller is kept any more, but for a registration that the hub's lists do not show yet. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There are two tokens, or the hub refuses the request. */
            400: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:two-tokens",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "The request has two different tokens. Send one.",
                     *       "error": "The request has two different tokens. Send one."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:registration-refused" | "urn:problem-type:notify-users:two-tokens";
                    };
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["HubOrStorageRefusesApp"];
            503: components["responses"]["HubOrStorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    sendNotification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description The message is stored, and will be sent. */
            202: {
                headers: {
                    /**
                     * @description Where to look what became of it.
                     * @example /api/notifications/election-1
                     */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "election-1",
                     *       "createdAt": "2026-11-28T19:02:11.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedMessage"];
                };
            };
            400: components["responses"]["InvalidMessage"];
            /** @description Another message has this id. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:id-taken",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "Another message has this id.",
                     *       "error": "Another message has this id."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:id-taken";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["NotJson"];
            /** @description There were too many messages in this minute. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:too-many-messages",
                     *       "title": "Too Many Requests",
                     *       "status": 429,
                     *       "detail": "This app accepts no more messages for now: Push__messagesPerMinute bounds them.",
                     *       "error": "This app accepts no more messages for now: Push__messagesPerMinute bounds them."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:too-many-messages";
                    };
                };
            };
            502: components["responses"]["MessagesRefuseApp"];
            503: components["responses"]["MessagesUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    getNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The message's id.
                 * @example election-1
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message's state. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidMessage"];
            /** @description There is no message with this id. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:message-not-found",
                     *       "title": "Not Found",
                     *       "status": 404,
                     *       "detail": "There is no message with this id.",
                     *       "error": "There is no message with this id."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:message-not-found";
                    };
                };
            };
            502: components["responses"]["MessagesRefuseApp"];
            503: components["responses"]["MessagesUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    notificationOpened: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The message's id.
                 * @example election-1
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is counted, and stored within seconds. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["OpenedRefused"];
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            /** @description The issuer's keys are unreachable, or answer what can't be read. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:keys-unavailable",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "The issuer's keys are unreachable. Try again soon.",
                     *       "error": "The issuer's keys are unreachable. Try again soon."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:keys-unavailable";
                    };
                };
            };
            default: components["responses"]["HostAnswer"];
        };
    };
    registerNotifications: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The installation of the app, 1 to 128 letters, digits and `-_.:`. The app makes it once and keeps it. It is a secret
                 *     of the device.
                 * @example my-phone
                 */
                "X-ZUMO-INSTALLATION-ID": components["parameters"]["InstallationId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Device"];
            };
        };
        responses: {
            /** @description The registration. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "registrationId": "5657898789180647921-5191860495090496484-6",
                     *       "platform": "fcmv1",
                     *       "installationId": "my-phone",
                     *       "expirationTime": "9999-12-31T23:59:59.999Z",
                     *       "topics": [
                     *         "world"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Registration"];
                };
            };
            /** @description The device is malformed, its platform unknown, or the hub refuses it. */
            400: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:unknown-client",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "Unknown client.",
                     *       "error": "Unknown client.",
                     *       "errors": [
                     *         {
                     *           "pointer": "#/platform",
                     *           "detail": "platform must be one of wns, win8, apns, ios, fcmv1, android."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/problem+json": components["schemas"]["InputProblem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:registration-refused" | "urn:problem-type:notify-users:two-tokens" | "urn:problem-type:notify-users:unknown-client";
                    };
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description The caller has 20 devices already, or is being forgotten. This one is not registered, also if it was before. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:too-many-devices",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "You have 20 devices already. Remove one before you register another.",
                     *       "error": "You have 20 devices already. Remove one before you register another."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:being-forgotten" | "urn:problem-type:notify-users:too-many-devices";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["HubOrStorageRefusesApp"];
            503: components["responses"]["HubOrStorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    unregisterNotifications: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The installation of the app, 1 to 128 letters, digits and `-_.:`. The app makes it once and keeps it. It is a secret
                 *     of the device.
                 * @example my-phone
                 */
                "X-ZUMO-INSTALLATION-ID": components["parameters"]["InstallationId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device has no registration of the caller, also if it had none before. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The installation's id is malformed, there are two tokens, or the hub refuses the request. */
            400: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:invalid-request",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "The header X-ZUMO-INSTALLATION-ID is missing.",
                     *       "error": "The header X-ZUMO-INSTALLATION-ID is missing.",
                     *       "errors": [
                     *         {
                     *           "pointer": "/headers/X-ZUMO-INSTALLATION-ID",
                     *           "detail": "The header X-ZUMO-INSTALLATION-ID is missing."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/problem+json": components["schemas"]["InputProblem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:invalid-request" | "urn:problem-type:notify-users:registration-refused" | "urn:problem-type:notify-users:two-tokens";
                    };
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["HubRefusesApp"];
            503: components["responses"]["HubUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    listTopics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The topics. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "topics": [
                     *         "world",
                     *         "politics",
                     *         "sports"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Topics"];
                };
            };
            /** @description There are two tokens. */
            400: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:two-tokens",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "The request has two different tokens. Send one.",
                     *       "error": "The request has two different tokens. Send one."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:two-tokens";
                    };
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description The issuer's keys are unreachable, or answer what can't be read. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:keys-unavailable",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "The issuer's keys are unreachable. Try again soon.",
                     *       "error": "The issuer's keys are unreachable. Try again soon."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:keys-unavailable";
                    };
                };
            };
            default: components["responses"]["HostAnswer"];
        };
    };
    beginSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A provider of App Service Authentication, such as `facebook`. `windowsazureactivedirectory` is `aad`.
                 * @example facebook
                 */
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The way to the platform. */
            302: {
                headers: {
                    /**
                     * @description The path where the platform's sign-in begins.
                     * @example /.auth/login/facebook?session_mode=token&post_login_redirect_url=%2Flogin%2Fdone
                     */
                    Location: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The query names another end of the sign-in than /login/done. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:invalid-request",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "Sign-in always ends at /login/done. Remove this parameter.",
                     *       "error": "Sign-in always ends at /login/done. Remove this parameter.",
                     *       "errors": [
                     *         {
                     *           "pointer": "/query/redirect_uri",
                     *           "detail": "Sign-in always ends at /login/done. Remove this parameter."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/problem+json": components["schemas"]["InputProblem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:invalid-request";
                    };
                };
            };
            404: components["responses"]["NoSuchProvider"];
            default: components["responses"]["HostAnswer"];
        };
    };
    exchangeSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A provider of App Service Authentication, such as `facebook`. `windowsazureactivedirectory` is `aad`.
                 * @example facebook
                 */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "access_token": "EAAB"
                 *     }
                 */
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authenticationToken": "eyJhbGciOi",
                     *       "user": {
                     *         "userId": "sid:7a1f"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description The body has no token that this provider expects. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:invalid-request",
                     *       "title": "Bad Request",
                     *       "status": 400,
                     *       "detail": "The body does not contain the token that this provider expects.",
                     *       "error": "The body does not contain the token that this provider expects.",
                     *       "errors": [
                     *         {
                     *           "pointer": "#",
                     *           "detail": "The body does not contain the token that this provider expects."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/problem+json": components["schemas"]["InputProblem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:invalid-request";
                    };
                };
            };
            /** @description The platform does not accept the provider's token. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:sign-in-refused",
                     *       "title": "Unauthorized",
                     *       "status": 401,
                     *       "detail": "The provider's token is not accepted.",
                     *       "error": "The provider's token is not accepted."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:sign-in-refused";
                    };
                };
            };
            404: components["responses"]["NoSuchProvider"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["NotJson"];
            /** @description The platform's sign-in is unreachable, or answers what can't be read. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:sign-in-unavailable",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "detail": "Sign-in is unavailable. Try again soon.",
                     *       "error": "Sign-in is unavailable. Try again soon."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:sign-in-unavailable";
                    };
                };
            };
            default: components["responses"]["HostAnswer"];
        };
    };
    endSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page that says how the sign-in ended. */
            200: {
                headers: {
                    /** @description Allows the page's own script and nothing else. */
                    "Content-Security-Policy": string;
                    /** @description Keeps the address, which has the token, from other pages. */
                    "Referrer-Policy": "no-referrer";
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description App Service Authentication is off. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:sign-in-disabled";
                    };
                };
            };
            default: components["responses"]["HostAnswer"];
        };
    };
    listTodoItems: {
        parameters: {
            query?: {
                /** @description With `true`, the list has what is left of deleted items too, for 30 days. */
                __includeDeleted?: string;
                /** @description A condition on the members of an item, in OData's language: `eq ne gt ge lt le`, `and or not`, `add sub mul div mod`, parentheses and functions (docs/api.md). */
                $filter?: string;
                /** @description With `allpages`, the answer is an object with the count of all items that pass the filter. */
                $inlinecount?: "allpages" | "none";
                /**
                 * @description Members, each optionally with `asc` or `desc`, separated by commas. `id` by default.
                 * @example createdAt desc
                 */
                $orderby?: string;
                /** @description The members to show, separated by commas. All by default. */
                $select?: string;
                /** @description How many items to leave out at the beginning. */
                $skip?: number;
                /** @description The place where a page begins. Only links contain it. */
                $skiptoken?: string;
                /** @description The most items to list, over all pages. Above 100, a page has up to 1,000. */
                $top?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of items. */
            200: {
                headers: {
                    /**
                     * @description The address of the next page, relative to the functions' address (RFC 8288). For a request with `ZUMO-API-VERSION` it is absolute, and stands without brackets and quotes.
                     * @example </tables/TodoItem?$skiptoken=eyJ>; rel="next"
                     */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SelectedTodoItem"][] | components["schemas"]["CountedTodoItem"];
                };
            };
            400: components["responses"]["InvalidList"];
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["StorageRefusesApp"];
            503: components["responses"]["ListUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    insertTodoItem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "example",
                 *       "text": "Buy milk"
                 *     }
                 */
                "application/json": components["schemas"]["NewTodoItem"];
            };
        };
        responses: {
            /** @description The item. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description The item's path.
                     * @example /tables/TodoItem/example
                     */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            /** @description Another item has this id. A request with `ZUMO-API-VERSION` gets that item, as the libraries that send it expect. */
            409: {
                headers: {
                    /** @description The version of that item, in quotes. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                    /**
                     * @example {
                     *       "type": "urn:problem-type:notify-users:id-taken",
                     *       "title": "Conflict",
                     *       "status": 409,
                     *       "detail": "Another item has this id.",
                     *       "error": "Another item has this id."
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        type?: "urn:problem-type:notify-users:id-taken";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["StorageRefusesApp"];
            503: components["responses"]["StorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    getTodoItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The answer is 304 if the item has one of these versions. */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The item's id.
                 * @example example
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                };
            };
            /** @description The item has the version that the client has. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            404: components["responses"]["NoSuchItem"];
            502: components["responses"]["StorageRefusesApp"];
            503: components["responses"]["StorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    deleteTodoItem: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The item changes only if it has one of these versions; `*` is any.
                 * @example "Vy8iZGF0ZXRpbWUn"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The item's id.
                 * @example example
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            404: components["responses"]["NoSuchItem"];
            /** @description The item has none of the versions in `If-Match`. The body is the current item. */
            412: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["StorageRefusesApp"];
            503: components["responses"]["StorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
    updateTodoItem: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The item changes only if it has one of these versions; `*` is any.
                 * @example "Vy8iZGF0ZXRpbWUn"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The item's id.
                 * @example example
                 */
                id: components["schemas"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "Buy milk"
                 *     }
                 */
                "application/json": components["schemas"]["TodoItemChanges"];
            };
        };
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            404: components["responses"]["NoSuchItemToChange"];
            /** @description The item has none of the versions in `If-Match`. The body is the current item. */
            412: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "example",
                     *       "text": "Buy milk",
                     *       "complete": false,
                     *       "createdAt": "2026-11-25T04:28:12.062Z",
                     *       "updatedAt": "2026-11-25T04:28:12.062Z",
                     *       "version": "Vy8iZGF0ZXRpbWUn"
                     *     }
                     */
                    "application/json": components["schemas"]["TodoItem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooManyRequests"];
            502: components["responses"]["StorageRefusesApp"];
            503: components["responses"]["StorageUnavailable"];
            default: components["responses"]["HostAnswer"];
        };
    };
}
