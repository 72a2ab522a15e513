/** The XML namespaces of registration descriptions, outcomes and notification details. */
export const connectNamespaces = {
  "@xmlns": "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect",
  "@xmlns:i": "http://www.w3.org/2001/XMLSchema-instance",
};
